#!/usr/bin/env python3
"""Checks that what docs/tour.md names exists (ctest name: tour). Usage: tests/tour.py [REPOSITORY]

In backticks stand: a file or folder (has a slash or a known suffix; from the root or from src/), a
command line that begins with "straddle ", or a symbol (room::Type::function, with or without "()"),
whose every part must be a word of the room's code, or of any room's where no room stands in front.
"""
import pathlib
import re
import sys

SUFFIXES = (".h", ".cpp", ".inc", ".md", ".txt", ".py", ".cmake", ".json", ".gguf")
SYMBOL = re.compile(r"^~?[A-Za-z_]\w*(::~?[A-Za-z_]\w*)*(\(\))?$")
QUOTED = re.compile(r"`([^`\n]+)`")


def words_below(folder):
    words = set()
    for path in folder.rglob("*"):
        if path.suffix in (".h", ".cpp", ".inc"):
            words.update(re.findall(r"[A-Za-z_]\w*", path.read_text(errors="replace")))
    return words


class Code:
    """The words of each room, read when first asked for."""

    def __init__(self, root):
        self.src, self.cache = root / "src", {}

    def has(self, room, word):
        if room not in self.cache:
            self.cache[room] = words_below(self.src / room)
        return word in self.cache[room]


def symbol_problem(text, code):
    parts = text.replace("()", "").split("::")
    if parts[0] == "straddle":
        parts = parts[1:]
    room = ""
    if parts and (code.src / parts[0]).is_dir() and len(parts) > 1:
        room, parts = parts[0], parts[1:]
    missing = [part for part in parts if not code.has(room, part.lstrip("~"))]
    return "%s is nowhere in src/%s" % (missing[0], room) if missing else None


def problem_of(text, root, code):
    if text.startswith("straddle "):
        return None
    if "/" in text or text.endswith(SUFFIXES):
        return None if (root / text).exists() or (root / "src" / text).exists() else "no such file"
    if SYMBOL.match(text):
        return symbol_problem(text, code)
    return "neither a file nor a symbol nor a command"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    tour = root / "docs" / "tour.md"
    if not tour.exists():
        print("tour: docs/tour.md is missing")
        return 1
    code, named, problems = Code(root), 0, 0
    for number, line in enumerate(tour.read_text().splitlines(), 1):
        for text in QUOTED.findall(line):
            named += 1
            problem = problem_of(text, root, code)
            if problem:
                problems += 1
                print("docs/tour.md:%d: `%s`: %s" % (number, text, problem))
    print("tour: %d names, %d problems" % (named, problems))
    return 1 if problems or not named else 0


if __name__ == "__main__":
    sys.exit(main())
