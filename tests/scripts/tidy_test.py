"""tests/tidy.py finds what it promises to find, and nothing in a tidy house."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).resolve().parent.parent / "tidy.py"
TIDY_HOUSE = {
    "src/rooms.txt": "base:\nquant:\nops: quant\nmodel: quant ops\n",
    "src/base/result.h": "int result();\n",
    "src/quant/quant.h": '#include "base/result.h"\n',
    "src/quant/secret.h": "int secret();\n",
    "src/quant/quant.cpp": '#include "quant/quant.h"\n#include "quant/secret.h"\n',
    "src/ops/device.h": '#include "quant/quant.h"\n',
    "src/model/model.h": "int model();\n",
    "src/model/model.cpp": '#include "model/model.h"\n#include "ops/device.h"\n#include <vector>\n',
}


def run_tidy(changes):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "house"
        for name, text in {**TIDY_HOUSE, **changes}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, str(TIDY), str(root)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


class TidyTest(unittest.TestCase):
    def finds(self, name, text, complaint):
        code, printed = run_tidy({name: text})
        self.assertEqual(code, 1, printed)
        self.assertIn(complaint, printed)
        self.assertIn("tidy: 1 problems", printed)

    def test_tidy_house_passes(self):
        code, printed = run_tidy({})
        self.assertEqual(code, 0, printed)

    def test_what_one_file_does_for_all(self):
        for text, complaint in (('std::puts("hi");\n', "say() writes"), ("std::fflush(stdout);\n", "say() writes"),
                                ("ordered_json::parse(text);\n", "parse_json() reads"),
                                ("Json::parse(text);\n", "parse_json() reads")):
            code, printed = run_tidy({"src/rooms.txt": TIDY_HOUSE["src/rooms.txt"] + "cli:\n", "src/cli/a.cpp": text})
            self.assertEqual(code, 1, printed)
            self.assertIn(complaint, printed)

    def test_arrow_that_the_table_lacks(self):
        self.finds("src/quant/up.cpp", '#include "model/model.h"\n', "quant may not know model")

    def test_private_header_of_a_known_room(self):
        self.finds("src/model/peek.cpp", '#include "quant/secret.h"\n', "private to quant")

    def test_one_name_for_types_of_two_rooms(self):
        house = {"src/quant/quant.h": '#include "base/result.h"\nstruct Plan {\n};\n'}
        for second in ("class Plan {\n};\n", "using Plan = int;\n", "enum class Plan : int { a };\n"):
            code, printed = run_tidy({**house, "src/model/model.h": second})
            self.assertEqual(code, 1, printed)
            self.assertIn("src/quant/quant.h: type Plan is another one's in src/model/model.h", printed)
        for fine in ("class Plan;\n", "struct Model {\n  struct Plan {\n  };\n};\n"):
            code, printed = run_tidy({**house, "src/model/model.h": fine})
            self.assertEqual(code, 0, printed)

    def test_include_without_a_room(self):
        self.finds("src/quant/near.cpp", '#include "secret.h"\n', "does not begin with a room")

    def test_folder_that_is_no_room(self):
        self.finds("src/attic/a.cpp", "\n", "attic is no room")

    def test_arrow_to_a_room_below(self):
        code, printed = run_tidy({"src/rooms.txt": "base:\nquant: ops\nops: quant\nmodel: quant ops\n"})
        self.assertEqual(code, 1)
        self.assertIn("quant may not know ops", printed)

    def test_foreign_header_in_a_public_header(self):
        self.finds("src/model/model.h", "#include <fmt/format.h>\n", "public header shows <fmt/format.h>")

    def test_dead_header(self):
        self.finds("src/model/parts/old.h", "int old();\n", "nobody includes it")

    def test_left_over_words(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X", "ut" "ils"):
            self.finds("src/model/a.cpp", "// %s: later\n" % word, "left-over word")

    def test_long_line(self):
        self.finds("src/model/a.cpp", "//" + "x" * 119 + "\n", "121 columns")

    def test_path_of_one_machine(self):
        self.finds("tools/fetch.sh", "cat /home/" "somebody/model.gguf\n", "a path of one machine")


if __name__ == "__main__":
    unittest.main()
