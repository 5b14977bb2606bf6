#!/usr/bin/env python3
"""What becomes of files, as a person meets it (ctest name: cli_files).
Usage: files_test.py STRADDLE REPOSITORY
"""
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

STRADDLE, ROOT = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
TOY = ROOT / "share" / "models" / "stories260K.gguf"
TOY_Q4_0 = ROOT / "tests" / "golden" / "models" / "stories260K.q4_0.gguf"
ROOT_USER = os.geteuid() == 0


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class FilesTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.work)
        self.models = self.work / "models"
        self.models.mkdir()
        self.environment = dict(
            os.environ, HOME=str(self.work), XDG_DATA_HOME=str(self.work / "data"),
            XDG_STATE_HOME=str(self.work / "state"), STRADDLE_MODELS=str(self.models),
            STRADDLE_SHARE=str(ROOT / "share"), STRADDLE_OFFLINE="1", NO_COLOR="1", TERM="dumb")

    def run_straddle(self, *words, command=(str(STRADDLE),), **options):
        done = subprocess.run([*command, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.environment, cwd=self.work, timeout=120, check=False, **options)
        return done.returncode, done.stdout, done.stderr

    def refused(self, code, line, *words, **options):
        """One line, and nothing left behind in the working folder."""
        before = sorted(self.work.rglob("*"))
        got, out, err = self.run_straddle(*words, **options)
        lines = [each for each in err.splitlines() if not each.startswith("Warning: ")]
        self.assertEqual((got, out), (code, ""), err)
        self.assertEqual(len(lines), 1, err)
        self.assertIn(line, lines[0])
        self.assertEqual(sorted(self.work.rglob("*")), before)

    def made(self, *words):
        code, _, err = self.run_straddle("quantize", *words)
        self.assertEqual(code, 0, err)
        return err


class Said(FilesTest):
    def test_other_formats_than_asked_for(self):
        err = self.made(TOY, "out.gguf", "Q4_K_M")
        self.assertIn("28 tensors become Q5_0 instead of Q4_K: rows of 64 values are no multiple of 256", err)
        self.assertIn("3 tensors become F16 instead of Q4_K: rows of 172 values are no multiple of 256", err)
        self.made(TOY, "trained.gguf", "MXFP4")
        self.assertRegex(self.made("trained.gguf", "out.gguf", "Q4_K_M"), r"\d+ tensors stay MXFP4 instead of Q\d_\w+: they were trained so")

    def test_nothing_to_say_where_all_fits(self):
        self.assertEqual(self.made(TOY, "out.gguf", "BF16"), "")

    def test_a_second_loss(self):
        self.made(TOY, "q8.gguf", "Q8_0")
        err = self.made("q8.gguf", "q4.gguf", "q4_0")
        self.assertIn("quantized already (Q8_0): a second loss is added to the first", err)

    def test_larger_is_not_better(self):
        for kind in ("Q8_0", "F16"):
            err = self.made(TOY_Q4_0, "out.gguf", kind)
            self.assertRegex(err, r"quantized already \(Q4_0.*\): what was lost does not come back, the result is "
                                  r"larger \(\d+ KB -> [0-9.]+ [KM]B\), not better")

    def test_the_same_again_loses_nothing(self):
        self.made(TOY, "q8.gguf", "Q8_0")
        self.assertNotIn("quantized already", self.made("q8.gguf", "again.gguf", "Q8_0"))

    def test_unknown_types_name_the_nearest_and_all(self):
        self.refused(2, "Q4KM: unknown type or mix (did you mean Q4_K_M? known: F32, ", "quantize", TOY, "x", "Q4KM")
        self.refused(1, "IQ2_XXS: this type can be read but not made", "quantize", TOY, "x", "IQ2_XXS")

    def test_mixes_of_llama_quantize(self):
        for kind in ("q2_k_s", "Q3_K_S", "q3_k_m", "Q3_K_L", "Q4_K_S", "Q5_K_S", "q5_k_m", "Q5_0", "MXFP4_MOE"):
            self.made(TOY, "out.gguf", kind)


class Out(FilesTest):
    def test_in_is_no_out(self):
        source = self.work / "a.gguf"
        shutil.copy(TOY, source)
        shutil.copy(TOY, self.models / "named.gguf")
        (self.work / "link.gguf").symlink_to(source)
        os.link(source, self.work / "hard.gguf")
        for out in ("a.gguf", source, "./models/../a.gguf", "link.gguf", "hard.gguf"):
            self.refused(2, "%s: this is the file that is read" % out, "quantize", "a.gguf", out, "Q8_0")
        self.refused(2, "this is the file that is read", "quantize", "named", "models/named.gguf", "Q8_0")
        self.assertEqual(source.read_bytes(), TOY.read_bytes())

    def test_what_is_no_gguf_file_is_not_replaced(self):
        (self.work / "notes.txt").write_text("GGU, my notes")
        (self.work / "link.gguf").symlink_to("notes.txt")
        for out in ("notes.txt", "link.gguf"):
            self.refused(2, out + ": there is a file of this name that is no GGUF file (choose another name, or "
                         "remove it first)", "quantize", TOY, out, "Q8_0")
        self.assertEqual((self.work / "notes.txt").read_text(), "GGU, my notes")
        self.made(TOY, "made.gguf", "Q8_0")
        self.made(TOY, "made.gguf", "F16")

    def test_the_target_comes_before_warnings(self):
        for out, code, why in (("no/out.gguf", 1, "no/out.gguf: cannot write: no such folder"),
                               ("", 2, "OUT: its name is empty")):
            got, _, err = self.run_straddle("quantize", TOY, out, "Q4_K_M")
            self.assertEqual((got, len(err.splitlines())), (code, 1), err)
            self.assertIn(why, err)

    def test_the_mode_stays(self):
        out = self.work / "out.gguf"
        out.touch()
        out.chmod(0o640)
        self.made(TOY, out, "Q8_0")
        self.assertEqual(mode(out), 0o640)
        self.assertGreater(out.stat().st_size, 100000)

    def test_links_are_followed(self):
        (self.work / "disk").mkdir()
        link = self.work / "out.gguf"
        link.symlink_to("disk/made.gguf")
        for _ in range(2):  # it points to nothing, then to a file
            self.made(TOY, link, "Q8_0")
            self.assertTrue(link.is_symlink())
            self.assertEqual([p.name for p in (self.work / "disk").iterdir()], ["made.gguf"])

    def test_what_is_no_file(self):
        os.mkfifo(self.work / "pipe")
        (self.work / "loop").symlink_to("loop")
        for out, why in (("pipe", "not a regular file"), ("models", "it is a folder"),
                         ("/dev/stdout", "not a regular file"), ("/dev/full", "not a regular file"),
                         ("loop", "its links lead nowhere"), ("no/out.gguf", "no such folder")):
            self.refused(1, "%s: cannot write: %s" % (out, why), "quantize", TOY, out, "Q8_0")

    def test_standard_output_in_a_file(self):
        with open(self.work / "kept", "wb") as kept:
            done = subprocess.run([STRADDLE, "quantize", TOY, "/dev/stdout", "Q8_0"], stdout=kept, cwd=self.work,
                                  stderr=subprocess.PIPE, env=self.environment, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write: not a regular file", done.stderr)

    def test_a_limit_on_the_size(self):
        shell = ("bash", "-c", 'ulimit -f 64; exec "$@"', "bash", str(STRADDLE))
        self.refused(1, "out.gguf: cannot write: File too large (choose another place)", "quantize", TOY, "out.gguf",
                     "Q8_0", command=shell)

    def in_a_small_disk(self, options, why):
        """A file system of its own, mounted for one process."""
        if not ROOT_USER or not shutil.which("unshare"):
            self.skipTest("only root can mount a file system")
        disk = self.work / "disk"
        disk.mkdir()
        script = ('mount -t tmpfs -o size=128k none "$0" && mount -o remount,%s "$0" || exit 99; '
                  '"$@"; code=$?; ls -A "$0"; exit $code' % options)
        code, out, err = self.run_straddle("quantize", TOY, disk / "out.gguf", "Q8_0",
                                           command=("unshare", "-m", "bash", "-c", script, str(disk), str(STRADDLE)))
        if code in (1, 99) and "Error:" not in err:
            self.skipTest("no mount here: " + err.strip())
        self.assertEqual((code, out), (1, ""), err)  # and ls found nothing
        self.assertRegex(err.splitlines()[-1], "out.gguf: " + why)

    def test_a_full_disk(self):
        self.in_a_small_disk("rw", r"needs [0-9]{3} kB, 131 kB are free in /.*/disk "
                                   r"\(free some space, or choose another folder\)$")

    def test_a_read_only_folder(self):
        self.in_a_small_disk("ro", r"cannot write: Read-only file system \(choose another place\)$")


class Models(FilesTest):
    def put(self, name, size=None):
        path = self.models / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOY, path) if size is None else path.write_bytes(b"x" * size)
        return path

    def test_sizes_of_split_models_are_of_all_parts(self):
        self.put("big-00001-of-00003.gguf", 2000)
        self.put("big-00003-of-00003.gguf", 3000)
        code, out, err = self.run_straddle("list")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"(?m)^big  +-  +5 KB  +")
        self.assertEqual(err, "Warning: big: missing of its 3 parts: 2\n")
        row = [m for m in json.loads(self.run_straddle("list", "--json")[1]) if m["name"] == "big"][0]
        self.assertEqual((row["bytes"], row["parts"], row["missing"]), (5000, 3, [2]))

    def test_folders_as_of_lm_studio(self):
        self.put("maker/Tiny-GGUF/Tiny-Q8_0.gguf")
        (self.models / "loop").symlink_to(".")
        names = [line.split()[0] for line in self.run_straddle("list")[1].splitlines()]
        self.assertEqual(names, ["NAME", "maker/Tiny-GGUF/Tiny-Q8_0", "stories260K"])
        for name in (names[1], "Tiny-Q8_0", "tiny-q8_0"):
            code, _, err = self.run_straddle("run", name, "--raw", "Once", "--set", "num_predict=2")
            self.assertEqual(code, 0, err)

    def test_columns_of_wide_names(self):
        for name in ("日本語モデル", "ｶﾀｶﾅ", "é", "a-name-that-is-longer"):
            self.put(name + ".gguf", 1000)
        out = self.run_straddle("list")[1].splitlines()
        columns = set()
        for line in out[1:]:
            before = line[:line.index("KB" if "KB" in line else "MB")]
            columns.add(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
                            for c in before.rstrip(" 0123456789.")) + len(before) - len(before.rstrip(" 0123456789.")))
        self.assertLessEqual(max(columns) - min(columns), 2, out)  # "1 KB" and "1.1 MB"

    def test_names_that_are_nearly_right(self):
        self.put("smollm2.gguf")
        for name, why in (("smolm2", "no model of this name"), ("smollm2.gguf", "no such file"),
                          ("models/smolm2", "no such file"), ("elsewhere/smollm2", "no such file")):
            near = "models/smollm2.gguf" if name.startswith("models/") else "smollm2"
            self.refused(3, "Error: %s: %s (did you mean %s?)" % (name, why, near), "run", name, "hi")
        self.assertEqual(self.run_straddle("run", "SmolLM2", "--raw", "a", "--set", "num_predict=1")[0], 0)

    def test_a_name_is_a_model_first(self):
        self.put("same.gguf")
        (self.work / "same").write_text("a file in the working folder")
        (self.work / "other").write_bytes(TOY.read_bytes())
        (self.work / "same.gguf").write_text("typed as a file, it is one")
        self.assertEqual(self.run_straddle("show", "same")[0], 0)
        self.assertEqual(self.run_straddle("show", "other")[0], 0)
        for path in ("./same", "same.gguf"):
            self.refused(1, "Error: %s: " % path, "show", path)
        self.made("stories260K", "stories260K", "Q8_0")
        self.made("stories260K", "again.gguf", "F32")

    def test_names_that_fit_several(self):
        for name in ("pub1/model/m-Q8.gguf", "pub2/model/m-Q8.gguf", "pub2/two/a.gguf", "pub2/two/b.gguf"):
            self.put(name)
        self.refused(3, "Error: m-q8: 2 models have this name (pub1/model/m-Q8, pub2/model/m-Q8)", "show", "m-q8")
        self.refused(3, "Error: pub2/two: 2 models have this name (pub2/two/a, pub2/two/b)", "show", "pub2/two")
        self.refused(3, "no such file (did you mean pub2/model/m-Q8?)", "show", "pub2/model/m-Q8.gguf")
        for name in ("pub2/model", "pub2/two/b", "B", "stories260k:latest"):
            self.assertEqual(self.run_straddle("show", name)[0], 0, name)
        self.refused(3, "no model of this name (straddle list shows those that are here)", "show", "q:7b")

    def test_what_lies_in_the_model_folder(self):
        (self.models / "folder.gguf").mkdir()
        os.mkfifo(self.models / "pipe.gguf")
        (self.models / "link.gguf").symlink_to("gone")
        shutil.copy(TOY, self.models / "UP.GGUF")
        for name, code, why in (("folder", 1, "it is a folder, not a model"), ("pipe", 1, "not a regular file"),
                                ("link", 3, "a link to a file that is not there")):
            self.refused(code, "Error: %s/%s.gguf: %s" % (self.models, name, why), "show", name)
        for name in ("UP", "up"):
            self.assertEqual(self.run_straddle("show", name)[0], 0)

    def test_a_folder_that_was_named_and_is_not_there(self):
        self.environment["STRADDLE_MODELS"] = "/nonexistent"
        self.assertEqual(self.run_straddle("list")[2],
                         "Warning: /nonexistent: no such folder (STRADDLE_MODELS is set to it)\n")
        del self.environment["STRADDLE_MODELS"]
        self.assertEqual(self.run_straddle("list")[2], "")

    def test_what_is_no_model(self):
        os.mkfifo(self.work / "pipe.gguf")
        (self.work / "empty.gguf").touch()
        (self.work / "link.gguf").symlink_to("gone.gguf")
        (self.work / "closed.gguf").touch(0o000)
        for command in ("show", "run"):
            for name, code, why in (("pipe.gguf", 1, "not a regular file"), ("models", 1, "it is a folder, not a model"),
                                    ("empty.gguf", 1, "the file is empty"),
                                    ("link.gguf", 3, "a link to a file that is not there"),
                                    ("closed.gguf", 1, "the file is empty" if ROOT_USER else "Permission denied")):
                self.refused(code, "Error: %s: %s" % (name, why), command, name, *(["hi"] if command == "run" else []))

    def test_folders_that_cannot_be_read(self):
        closed = self.work / "closed"
        closed.write_text("a file where a folder should be")
        self.environment["STRADDLE_MODELS"] = str(closed)
        code, out, err = self.run_straddle("list")
        self.assertEqual((code, len(out.splitlines())), (0, 2))
        self.assertEqual(err, "Warning: %s: cannot be read: Not a directory\n" % closed)
        self.refused(3, "qwen: no model of this name (%s: cannot be read: Not a directory)" % closed, "run", "qwen", "a")


class Private(FilesTest):
    def chat(self, *lines):
        """Types lines into a chat on a terminal, and waits for its end."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.work)
            os.execve(STRADDLE, [str(STRADDLE), "run", "stories260K"], self.environment)
        shown, end = b"", time.monotonic() + 60
        waiting = list(lines)
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    more = os.read(terminal, 4096)
                except OSError:
                    more = b""
                if not more:
                    break
                shown += more
            if waiting and shown.endswith(b">>> "):
                os.write(terminal, waiting.pop(0).encode() + b"\r")
                shown += b"\n"
        else:
            os.kill(pid, signal.SIGKILL)
        os.close(terminal)
        self.assertEqual(os.waitpid(pid, 0)[1], 0, shown)

    def test_sessions_and_history(self):
        sessions, history = self.work / "data/straddle/sessions", self.work / "state/straddle/history"
        self.chat("/save new", "/bye")
        self.assertEqual((mode(sessions), mode(sessions / "new.json")), (0o700, 0o600))
        self.assertEqual((mode(history.parent), mode(history)), (0o700, 0o600))
        for path in (sessions, sessions / "new.json", history):
            path.chmod(0o755)
        self.chat("/save new", "/save ./mine.json", "/bye")
        self.assertEqual((mode(sessions), mode(sessions / "new.json")), (0o700, 0o600))
        self.assertEqual(mode(self.work / "mine.json"), 0o600)
        self.assertEqual(mode(history), 0o600)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
