#!/usr/bin/env python3
"""Runs the examples of the documents (ctest name: readme) and looks for the files that they link to.
Usage: tests/readme.py BUILD_FOLDER FILE.md ...

A fenced block that begins with ```sh test is run by bash in the repository's root with the built
program on the PATH and a home of its own; it must end with 0. If the next block begins with
```output, its text is what the example must print, to the letter.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def blocks(text):
    """(line, info string, body) of each fenced block."""
    info, body, start = None, [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if info is None and line.startswith("```"):
            info, body, start = line[3:].strip(), [], number
        elif info is not None and line.strip() == "```":
            yield start, info, "".join(part + "\n" for part in body)
            info = None
        elif info is not None:
            body.append(line)


def examples(text):
    """(line, script, expected output or None)"""
    found = list(blocks(text))
    for i, (line, info, body) in enumerate(found):
        if info == "sh test":
            follows = i + 1 < len(found) and found[i + 1][1] == "output"
            yield line, body, found[i + 1][2] if follows else None


def problem_of(script, expected, root, build, home):
    environment = dict(os.environ, PATH="%s:%s" % (build, os.environ["PATH"]), HOME=home, NO_COLOR="1")
    environment.pop("XDG_DATA_HOME", None)
    environment.pop("STRADDLE_MODELS", None)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=root, env=environment, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        return "exit %d: %s" % (done.returncode, done.stderr.strip()[-500:])
    if expected is not None and done.stdout.rstrip("\n") != expected.rstrip("\n"):
        return "printed:\n%s" % done.stdout
    return None


def dead_links(text, folder):
    """Relative links to files that do not exist."""
    links = (link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if ":" not in link)
    return [link for link in links if link and not (folder / link).exists()]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    build = pathlib.Path(sys.argv[1]).resolve()
    ran = problems = 0
    with tempfile.TemporaryDirectory() as home:
        for name in sys.argv[2:]:
            text = (root / name).read_text()
            for link in dead_links(text, (root / name).parent):
                problems += 1
                print("%s: no file %s" % (name, link))
            for line, script, expected in examples(text):
                ran += 1
                problem = problem_of(script, expected, root, build, home)
                if problem:
                    problems += 1
                    print("%s:%d: %s" % (name, line, problem))
    print("readme: %d examples, %d problems" % (ran, problems))
    return 1 if problems or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
