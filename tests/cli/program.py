"""The program in a home of its own, for tests that call it as a shell would."""
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

PATIENCE = 120  # seconds until what is expected must be there; the machine may be busy


class Program:
    def __init__(self, path, repository, folder):
        self.path, self.root, self.folder = path, pathlib.Path(repository), folder
        self.toy = str(self.root / "share/models/stories260K.gguf")

    def command(self, words, shell=""):
        """shell: redirections, such as "2>&-"."""
        plain = [self.path, *map(str, words)]
        return ["sh", "-c", 'exec "$@" ' + shell, "sh", *plain] if shell else plain

    def environment(self):
        return {**os.environ, "HOME": str(self.folder), "XDG_DATA_HOME": "", "XDG_STATE_HOME": "",
                "XDG_CACHE_HOME": str(self.folder / "cache"), "NO_COLOR": "1",
                "STRADDLE_SHARE": str(self.root / "share"), "STRADDLE_MODELS": str(self.folder / "none"),
                "STRADDLE_OFFLINE": "1"}

    def run(self, *words, shell="", stdin=b"", **options):
        """(status, standard output, standard error)"""
        given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("timeout", PATIENCE)
        done = subprocess.run(self.command(words, shell), stderr=subprocess.PIPE, cwd=self.folder, check=False,
                              env=self.environment(), **given, **options)
        return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()

    def start(self, *words, shell="", **options):
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        options.setdefault("env", self.environment())
        return subprocess.Popen(self.command(words, shell), cwd=self.folder, **options)


def wait_for(holds, what):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "expected: " + what
        time.sleep(0.01)


def read_until(stream, text):
    """What the stream says, up to `text` and what came with it."""
    said = b""
    while text not in said:
        assert select.select([stream], [], [], PATIENCE)[0], "expected %r behind %r" % (text, said)
        more = os.read(stream.fileno(), 1 << 16)
        assert more, "expected %r, not the end behind %r" % (text, said)
        said += more
    return said


def run_all(tests, *given):
    """Each test is named as it begins."""
    for name, test in list(tests.items()):
        if name.startswith("test_"):
            print(name, flush=True)
            test(*given)


def run_with_program(tests, of=lambda program: program):
    """Each test gets what `of` makes of the program that the command line names, at home in a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        run_all(tests, of(Program(sys.argv[1], sys.argv[2], pathlib.Path(folder))))
