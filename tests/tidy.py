#!/usr/bin/env python3
"""Keeps the house in order (ctest name: tidy). Usage: tests/tidy.py [FOLDER of the repository]

Fails on: an include against the arrows of src/rooms.txt, a header that nobody includes, a name that
two types in public headers share, what only one file may do, left-over words, lines over 120 (texts in
quotes aside), paths of one machine. Prints, without failing, the longest functions and files.
"""
import pathlib
import re
import statistics
import subprocess
import sys

LONGEST_LINE = 120
SOURCES = (".h", ".cpp", ".inc")
TEXTS = SOURCES + (".py", ".cmake", ".sh", ".mjs", ".in")
CHECKED = ("src", "tests", "fuzz", "bench", "tools", "cmake")
LEFT_OVER = re.compile(r"\b(TO" "DO|FIX" "ME|XX" "X|ut" "ils)\\b")
STRING = re.compile(r'R"\(.*?\)"|"(?:[^"\\]|\\.)*"')
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
# Headers of other projects that may stand in a public header: a vocabulary type of ours, JSON values.
FOREIGN_ALLOWED = {"tl/expected.hpp", "nlohmann/json_fwd.hpp", "nlohmann/json.hpp"}
FOREIGN = re.compile(r"^(fmt|boost|curl|openssl|vulkan|hwloc|tl|nlohmann)/|^(utf8proc|pcre2|hwloc)\b")
# What one file does for all of a room: (the room's folder, the file, what the others may not write, why).
ONE_PLACE = (
    ("src/cli", "output.cpp", re.compile(r"\b(stdout|std::cout|std::puts|std::printf)\b|write\(STDOUT_FILENO"),
     "say() writes to standard output, or what cannot be written is lost"),
    ("src/cli", "json.cpp", re.compile(r"\b\w*[jJ]son::parse\("), "parse_json() reads JSON, or half a pair is refused"),
)


def tracked(root):
    """Files of the repository: known to git or new, not ignored; without git, all of its folders and top."""
    try:
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        paths = [root / line for line in listed.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError):
        paths = [p for folder in CHECKED + ("docs",) for p in (root / folder).rglob("*")] + list(root.iterdir())
        paths = [p for p in paths if "node_modules" not in p.parts and "__pycache__" not in p.parts]
    return sorted(p for p in paths if p.is_file())


def read_rooms(path):
    """ROOM: rooms it may include; each line may only name rooms above it, so no circle can form."""
    rooms, problems = {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        room, _, known = line.partition(":")
        for other in known.split():
            if other not in rooms:
                problems.append("%s:%d: %s may not know %s: it does not stand above" % (path.name, number, room, other))
        rooms[room] = set(known.split())
    return rooms, problems


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def is_public(header, room):
    return room in ("base", "ops") or header == "%s/%s.h" % (room, room)


def arrow_problem(room, header, rooms):
    """Why a file of `room` may not include "header", or None."""
    other = header.split("/")[0]
    if other == room:
        return None
    if other not in rooms:
        return 'include "%s" does not begin with a room' % header
    if other != "base" and other not in rooms[room]:
        return "%s may not know %s (src/rooms.txt)" % (room, other)
    if not is_public(header, other):
        return '"%s" is private to %s' % (header, other)
    return None


def check_arrows(src, files, rooms):
    for path in files:
        name = path.relative_to(src).as_posix()
        room = name.split("/")[0]
        if room not in rooms:
            yield "src/%s: %s is no room of src/rooms.txt" % (name, room)
            continue
        for number, quoted, header in includes(path):
            if quoted:
                problem = arrow_problem(room, header, rooms)
            else:
                public = path.suffix == ".h" and name.count("/") == 1 and is_public(name, room)
                foreign = FOREIGN.match(header) and header not in FOREIGN_ALLOWED
                problem = "public header shows <%s> to every room" % header if public and foreign else None
            if problem:
                yield "src/%s:%d: %s" % (name, number, problem)


def check_dead_headers(root, files):
    """A header is alive where an include ends with its path below src/ or tests/."""
    included = {header for path in files for _, _, header in includes(path)}
    for path in files:
        below = path.relative_to(root).parts
        if path.suffix not in (".h", ".inc") or below[0] not in ("src", "tests", "fuzz", "bench"):
            continue
        if "/".join(below[1:]) not in included and path.name not in included:
            yield "%s: nobody includes it" % path.relative_to(root)


TYPE = re.compile(r"^(?:(?:struct|class|union|enum class|enum) (?:\[\[\w+\]\] )?(\w+)[^;\n]*\{|using (\w+) =)", re.M)


def check_type_names(src, files):
    """Of the types in public headers no two share a name: one word, one meaning (docs/words.md)."""
    owner = {}
    for path in files:
        name = path.relative_to(src).as_posix()
        if path.suffix != ".h" or name.count("/") != 1 or not is_public(name, name.split("/")[0]):
            continue
        for match in TYPE.finditer(path.read_text(errors="replace")):
            word = match.group(1) or match.group(2)
            other = owner.setdefault(word, name)
            if other != name:
                yield "src/%s: type %s is another one's in src/%s" % (name, word, other)


def check_one_place(root, files):
    for folder, place, pattern, why in ONE_PLACE:
        for path in files:
            if root / folder not in path.parents or path.name == place:
                continue
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if pattern.search(line.partition("//")[0]):
                    yield "%s:%d: %s" % (path.relative_to(root), number, why)


def check_text(root, path):
    name = path.relative_to(root).as_posix()
    if LEFT_OVER.search(name.replace("/", " ").replace(".", " ")):
        yield "%s: left-over word in the name" % name
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if path.suffix != ".md" and len(STRING.sub('""', line)) > LONGEST_LINE:
            yield "%s:%d: %d columns" % (name, number, len(line))
        word = LEFT_OVER.search(line) if path.suffix != ".md" else None
        if word:
            yield "%s:%d: left-over word %s" % (name, number, word.group())


def machine_paths(root):
    """What only this machine can know: a home, and the folder that this checkout lies in."""
    places, parent = [r"/home/\w+/", "/ro" "ot/"], root.parent.as_posix()
    if parent not in ("/", "/tmp"):
        places.append(r"(?<![\w.})])" + re.escape(parent) + "/")  # not behind ${FOLDER}
    return re.compile("|".join(places))


def check_machine(root, path, pattern):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if pattern.search(line):
            yield "%s:%d: a path of one machine" % (path.relative_to(root), number)


def functions(path):
    """(lines, place) of functions whose body opens on an unindented line, as clang-format leaves them."""
    start, opened = None, None
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if not line or line[0] in " \t#/":
            if opened is None and line.endswith(" {") and start is not None and not line.lstrip().startswith("//"):
                opened = start
            continue
        if line[0] == "}":
            if opened is not None:
                yield number - opened + 1, path, opened
            start, opened = None, None
        elif opened is None:
            start = number
            is_scope = re.match(r"(namespace|struct|class|enum|union|extern|using)\b", line) or "= {" in line
            if is_scope:
                start = None
            elif line.endswith("{"):
                opened = number


def print_longest(root, files):
    found = sorted((f for path in files if path.suffix in SOURCES for f in functions(path)), reverse=True,
                   key=lambda f: f[0])
    if found:
        lengths = [f[0] for f in found]
        print("functions: %d, median %g lines, %d %% under 40" % (
            len(lengths), statistics.median(lengths), 100 * sum(n < 40 for n in lengths) // len(lengths)))
        for lines, path, number in found[:10]:
            print("  %4d lines  %s:%d" % (lines, path.relative_to(root), number))
    print("longest files:")
    sizes = sorted(((len(p.read_text(errors="replace").splitlines()), p) for p in files), reverse=True)
    for lines, path in sizes[:10]:
        print("  %4d lines  %s" % (lines, path.relative_to(root)))


def all_problems(root, files):
    src = root / "src"
    texts = [p for p in files if p.relative_to(root).parts[0] in CHECKED and "golden" not in p.parts]
    code = [p for p in texts if p.suffix in SOURCES]
    house = [p for p in code if src in p.parents]
    rooms, problems = read_rooms(src / "rooms.txt")
    problems += check_arrows(src, house, rooms)
    problems += check_dead_headers(root, code)
    problems += check_type_names(src, house)
    problems += check_one_place(root, house)
    scripts = [p for p in files if p.suffix == "" and p.read_bytes()[:2] == b"#!"]
    pattern = machine_paths(root)
    for path in sorted(set(p for p in texts if p.suffix in TEXTS or p.name in ("CMakeLists.txt", "rooms.txt")) | set(scripts) | {
            p for p in files if p.suffix in (".md", ".json", ".cmake")}):
        if path.suffix != ".json":
            problems += check_text(root, path)
        problems += check_machine(root, path, pattern)
    return problems, house


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    problems, house = all_problems(root, tracked(root))
    print_longest(root, house)
    for problem in problems:
        print("tidy: " + problem)
    print("tidy: %d problems" % len(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
