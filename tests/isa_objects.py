#!/usr/bin/env python3
"""Proves that the program starts on every x86-64 CPU (ctest name: isa_objects).
Usage: tests/isa_objects.py BUILD_FOLDER

1. No object outside NAME.avx2.cpp, NAME.avx512.cpp holds an AVX instruction: any mnemonic in "v" on
   vector registers (VEX and EVEX forms all begin with it), or any mask register.
2. An object of an ISA shares no weak symbol with another object (the linker keeps one copy of an inline
   function, perhaps that of AVX-512, for all), runs nothing before main, and exports only names that
   say its ISA.
"""
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

SKIPPED = 77  # ctest shows it as skipped
ISA_SOURCE = re.compile(r"\.(avx2|avx512)\.cpp$")
AVX = re.compile(r"\tv[a-z0-9]+\s.*%[xyz]mm|%k[0-7]\b")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")


def objects(build):
    """{object path: source path} of every object of the compile database that has been built. Those of
    bench/ are left out: they measure what this machine can do, with its instructions."""
    found, missing = {}, 0
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if "/bench/" in entry["file"]:
            continue
        words = entry["command"].split()
        path = pathlib.Path(entry["directory"]) / words[words.index("-o") + 1]
        if path.exists():
            found[path] = entry["file"]
        else:
            missing += 1
    return found, missing


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True, errors="replace")
    return done.stdout


def first_avx(path):
    """(function, instruction) of the first AVX instruction of an object, or None."""
    function = "?"
    with subprocess.Popen(["objdump", "-d", "--no-show-raw-insn", str(path)], stdout=subprocess.PIPE,
                          text=True, errors="replace") as dump:
        for line in dump.stdout:
            named = FUNCTION.match(line)
            if named:
                function = named.group(1)
            elif AVX.search(line):
                dump.kill()
                return function, " ".join(line.split("\t")[-1].split())
    return None


def symbols(path):
    """{name: nm letter} of an object: capital letters are visible to other objects."""
    found = {}
    for line in run("nm", str(path)).splitlines():
        words = line.split()
        if len(words) >= 2:
            found[words[-1]] = words[-2]
    return found


def is_weak(letter):
    return letter in "VvWwu"


def weak_problems(path, own, users):
    for name, letter in sorted(own.items()):
        others = [other for other in users.get(name, ()) if other != path]
        if is_weak(letter) and others:
            yield "weak symbol %s is also in %s" % (name, others[0].name)


def export_problems(own, isa):
    for name, letter in sorted(own.items()):
        if name.startswith("_GLOBAL__sub_I"):
            yield "%s: code that runs before main" % name
        elif letter in "TDBRG" and isa not in name.lower():
            yield "exports %s, a name without %s" % (name, isa)


def check_symbols(found):
    tables = {path: symbols(path) for path in found}
    users = {}
    for path, table in tables.items():
        for name in table:
            users.setdefault(name, []).append(path)
    for path, source in sorted(found.items()):
        isa = ISA_SOURCE.search(source)
        if isa:
            problems = list(weak_problems(path, tables[path], users))
            problems += export_problems(tables[path], isa.group(1))
            yield from ("%s: %s" % (source, problem) for problem in problems)


def check_instructions(found):
    plain = sorted(path for path, source in found.items() if not ISA_SOURCE.search(source))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, hit in zip(plain, pool.map(first_avx, plain)):
            if hit:
                yield "%s: %s in %s" % (found[path], hit[1], hit[0])


def main():
    if platform.machine() not in ("x86_64", "AMD64"):
        print("isa_objects: skipped: this machine is no x86-64")
        return SKIPPED
    found, missing = objects(pathlib.Path(sys.argv[1]).resolve())
    if not found:
        print("isa_objects: nothing is built in " + sys.argv[1])
        return 1
    problems = [*check_instructions(found), *check_symbols(found)]
    for problem in problems:
        print("isa_objects: " + problem)
    print("isa_objects: %d objects, %d of them for an ISA, %d not built; %d problems" % (
        len(found), sum(bool(ISA_SOURCE.search(s)) for s in found.values()), missing, len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
