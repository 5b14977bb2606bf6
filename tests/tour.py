#!/usr/bin/env python3
"""Checks that what docs/tour.md and docs/words.md name exists (ctest name: tour), and that the words stand in order,
each once and with its place. Usage: tests/tour.py [REPOSITORY]

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


def tour_problems(page, root, code):
    """(names in backticks, problems) of a page."""
    named, problems = 0, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        for text in QUOTED.findall(line):
            named += 1
            problem = problem_of(text, root, code)
            if problem:
                problems.append("%s:%d: `%s`: %s" % (page.relative_to(root), number, text, problem))
    return named, problems


def word_problems(page):
    """A table of words: in order, none twice, each with the place that defines it."""
    rows = [line.split("|")[1:-1] for line in page.read_text().splitlines() if line.startswith("| ")][2:]
    words = [row[0].strip() for row in rows]
    for before, word in zip(words, words[1:]):
        if word.lower() <= before.lower():
            yield "%s: %s stands behind %s" % (page.name, word, before)
    for word, row in zip(words, rows):
        if len(row) != 3 or not QUOTED.search(row[-1]):
            yield "%s: %s: word, meaning, and in backticks where it is defined" % (page.name, word)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    code, named, problems = Code(root), 0, []
    for page in (root / "docs" / "tour.md", root / "docs" / "words.md"):
        if not page.exists():
            problems.append("%s is missing" % page.relative_to(root))
            continue
        found, wrong = tour_problems(page, root, code)
        named += found
        problems += wrong
        if page.name == "words.md":
            problems += word_problems(page)
    for problem in problems:
        print("tour: " + problem)
    print("tour: %d names, %d problems" % (named, len(problems)))
    return 1 if problems or not named else 0


if __name__ == "__main__":
    sys.exit(main())
