#!/usr/bin/env python3
"""What a person reads of commands that take seconds: progress goes before results come, on a terminal and
in a pipe (ctest name: cli_progress). Usage: progress_test.py STRADDLE REPOSITORY"""
import pathlib
import re
import subprocess
import sys
import tempfile

STRADDLE, ROOT = (pathlib.Path(word) for word in sys.argv[1:3])
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests" / "terminal"), str(ROOT / "tests" / "refused")]
import make  # noqa: E402
import session as terminal  # noqa: E402

TOY = str(ROOT / "share" / "models" / "stories260K.gguf")


def write_large_model(path, elements=3 << 23):
    """A file whose one tensor, of zeros, takes more than a second to quantize; it is kilobytes on the disk."""
    header = make.gguf([make.key("general.architecture", make.STRING, make.text("llama"))],
                       [make.tensor("blk.0.ffn_up.weight", (4096, elements // 4096), 0, 0)])
    with open(path, "wb") as out:
        out.write(header)
        out.truncate((len(header) + 31) // 32 * 32 + 4 * elements)


def write_long_text(path):
    path.write_text("Once upon a time there was a cat. " * 250)


def commands(folder):
    """NAME: (words, label of the progress, a row of the result)"""
    large, text = folder / "large.gguf", folder / "long.txt"
    write_large_model(large)
    write_long_text(text)
    slow = ["--device", "reference", "--ctx", "1024"]
    tokens = ",".join(str(3 + i % 500) for i in range(800))
    return {
        "quantize": (["quantize", large, folder / "out.gguf", "Q4_K"], "quantizing", "MB -> 14 MB"),
        "perplexity": (["perplexity", TOY, "--file", text, *slow], "scoring", "perplexity: "),
        "logits": (["logits", TOY, "--tokens", tokens, "--step", "--top", "1", "--all", *slow], "computing", " "),
    }


def check_terminal(words, label, result):
    """Progress was drawn, and the screen at the end holds nothing of it."""
    with terminal.PyteSession([str(STRADDLE), *map(str, words)], columns=100, rows=30, term="xterm") as session:
        status = session.end()
        screen = session.screen()
        assert status == 0, "exit %d: %s" % (status, screen)
        if label.encode() not in session.written:
            print("skipped %s: it took less than a second here, and no progress was drawn" % words[0])
            return
        assert not [row for row in screen if label in row or "%" in row], "progress is left: %s" % screen
        assert any(result in row for row in screen), "the result is not whole: %s" % screen


def check_pipe(words, label, result):
    """Both streams in one pipe: a row is progress or result, never both."""
    done = subprocess.run([str(STRADDLE), *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=True)
    rows = done.stdout.splitlines()
    progress = [row for row in rows if label in row]
    assert all(re.fullmatch(label + r" +\d+ %", row) for row in progress), rows
    assert any(result in row and "%" not in row for row in rows), rows


def main():
    lacks = terminal.missing("pyte")
    if lacks:
        print("skipped: no python3-pexpect, python3-pyte")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        for name, words in commands(pathlib.Path(folder)).items():
            check_terminal(*words)
            check_pipe(*words)
            print("%s: its progress goes before its result comes" % name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
