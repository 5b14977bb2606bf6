"""tests/isa_objects.py finds AVX in plain objects and what ISA objects must not share."""
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent.parent / "isa_objects.py"
CXX = os.environ.get("CXX", "c++")
SHARED_INLINE = "__attribute__((noinline)) inline float twice(float x) { return x + x; }\n"
SUM = "float NAME(const float* x) { float s = 0; for (int i = 0; i < 64; ++i) s += twice(x[i]); return s; }\n"


def run_check(sources):
    """sources: {file name: (flags, code)}"""
    with tempfile.TemporaryDirectory() as folder:
        build, entries = pathlib.Path(folder), []
        for name, (flags, code) in sources.items():
            (build / name).write_text(code)
            command = "%s -O2 %s -o %s.o -c %s" % (CXX, flags, name, build / name)
            subprocess.run(command.split(), cwd=build, check=True)
            entries.append({"directory": folder, "file": str(build / name), "command": command})
        (build / "compile_commands.json").write_text(json.dumps(entries))
        done = subprocess.run([sys.executable, str(CHECK), folder], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@unittest.skipUnless(platform.machine() in ("x86_64", "AMD64"), "needs an x86-64 compiler")
class IsaObjectsTest(unittest.TestCase):
    def finds(self, sources, complaint):
        code, printed = run_check(sources)
        self.assertEqual(code, 1, printed)
        self.assertIn(complaint, printed)

    def test_separate_objects_pass(self):
        local = "static " + SHARED_INLINE.replace("inline ", "")
        code, printed = run_check({"sum.cpp": ("", local + SUM.replace("NAME", "sum")),
                                   "sum.avx2.cpp": ("-mavx2", local + SUM.replace("NAME", "sum_avx2"))})
        self.assertEqual(code, 0, printed)

    def test_avx_in_a_plain_object(self):
        self.finds({"sum.cpp": ("-mavx2", SHARED_INLINE + SUM.replace("NAME", "sum"))}, "sum.cpp: v")

    def test_inline_function_shared_with_a_plain_object(self):
        self.finds({"a.cpp": ("", SHARED_INLINE + SUM.replace("NAME", "sum")),
                    "a.avx2.cpp": ("-mavx2", SHARED_INLINE + SUM.replace("NAME", "sum_avx2"))},
                   "weak symbol _Z5twicef is also in a.cpp.o")

    def test_export_without_the_isa_in_its_name(self):
        self.finds({"a.avx512.cpp": ("-mavx512f", "float plain_name(float x) { return x; }\n")},
                   "exports _Z10plain_namef, a name without avx512")

    def test_code_before_main(self):
        self.finds({"a.avx2.cpp": ("-mavx2", "int f_avx2();\nstatic int x_avx2 = f_avx2();\n"
                                   "int* y_avx2() { return &x_avx2; }\n")}, "code that runs before main")

    def test_nothing_built_is_no_success(self):
        self.finds({}, "nothing is built")


if __name__ == "__main__":
    unittest.main()
