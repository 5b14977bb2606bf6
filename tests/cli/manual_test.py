#!/usr/bin/env python3
"""The man page says all that there is: each command, flag, option, command of a chat, and variable that the
source reads (ctest name: cli_manual). Usage: manual_test.py STRADDLE REPOSITORY"""
import pathlib
import re
import subprocess
import sys

STRADDLE, ROOT = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
READS = re.compile(r'\b(?:environment|getenv|straddle_or_ollama)\("([A-Z_]+)"\)')
SLASH = re.compile(r'\{"(/[a-z ?]+)", "')  # the rows of the table of commands of a chat
SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "COMMANDS", "COMMANDS OF A CHAT", "KEYS OF A CHAT",
            "ENVIRONMENT", "FILES", "EXIT STATUS")


def page():
    text = subprocess.run([STRADDLE, "manual", "man"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return text.replace("\\-", "-").replace("\\(ga", "`")


def words_of_help():
    """Commands, flags and options as the program's own help has them."""
    def ask(*words):
        return subprocess.run([STRADDLE, *words], stdout=subprocess.PIPE, text=True, check=True).stdout
    commands = re.findall(r"^  ([a-z]+) ", ask("--help"), re.M)
    yield from ("SS straddle " + command for command in commands)
    for command in commands:
        yield from re.findall(r"^  (--[a-z-]+)", ask(command, "--help"), re.M)
    yield from re.findall(r"^  ([a-z_]+) ", ask("help", "options"), re.M)


def variables():
    for path in (ROOT / "src").rglob("*.cpp"):
        for name in READS.findall(path.read_text()):
            both = "straddle_or_ollama(\"%s\")" % name in path.read_text()
            yield "OLLAMA_" + name if both else name


def missing_in_docs():
    """The table of variables of docs/command-line.md has the rows of the man page's."""
    docs = (ROOT / "docs/command-line.md").read_text()
    section = page().split(".SH ENVIRONMENT")[1].split(".SH ")[0]
    rows = re.findall(r"^\\fB([A-Z_, ]+)\\fR$", section, re.M)
    assert len(rows) > 10, section
    return [name for row in rows for name in row.split(", ") if "`%s`" % name not in docs]


def main():
    text = page()
    chat = SLASH.findall((ROOT / "src/cli/chat/slash.cpp").read_text())
    wanted = [*words_of_help(), *chat, *variables(), *(".SH " + name for name in SECTIONS)]
    missing = sorted({word for word in wanted if not re.search(re.escape(word) + r"(?![a-z_])", text, re.I)})
    if missing:
        print("the man page does not name: " + ", ".join(missing))
    absent = missing_in_docs()
    if absent:
        print("docs/command-line.md does not name: " + ", ".join(absent))
    print("manual: %d words looked for" % len(wanted))
    return 1 if missing or absent or len(chat) < 20 or len(wanted) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
