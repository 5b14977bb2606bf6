#!/usr/bin/env python3
"""Standard streams that are full, closed, silent or a terminal, and pipes where files are expected.
Usage: streams_test.py STRADDLE REPOSITORY (ctest name: cli_streams)
"""
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from program import Program, read_until, run_all, wait_for

FOLDER = tempfile.TemporaryDirectory()
HERE = pathlib.Path(FOLDER.name)
STRADDLE = Program(sys.argv[1], sys.argv[2], HERE)
TOY = STRADDLE.toy
MESSAGES = b'[{"role": "user", "content": "Hi"}]'
TEXT = b"Once upon a time there was a little girl."

(HERE / "t.jinja").write_text("[{{ messages[0].content }}]")
(HERE / "said.json").write_bytes(MESSAGES)
(HERE / "text").write_bytes(TEXT)
(HERE / "lines.jsonl").write_text('{"text": "Hello"}\n' * 3)
(HERE / "ids.jsonl").write_text("[1, 2]\n")

# Every command, and every form that it prints in.
COMMANDS = [
    [], ["--help"], ["help", "options"], ["run", "--help"], ["version"], ["manual", "man"], ["manual", "bash"], ["run"],
    ["list"], ["list", "--json"], ["show", TOY], ["show", TOY, "--json", "--verbose"], ["show", TOY, "--tensors"],
    ["tokenize", TOY, "hi"], ["tokenize", TOY, "hi", "--json"], ["tokenize", TOY, "hi", "--pieces"],
    ["tokenize", TOY, "--batch", "lines.jsonl"], ["detokenize", TOY, "5"], ["detokenize", TOY, "--batch", "ids.jsonl"],
    ["template", "t.jinja", "--messages", "said.json"], ["template", "t.jinja", "--messages", "said.json", "--spans"],
    ["logits", TOY, "--tokens", "1,2"], ["logits", TOY, "--tokens", "1,2", "--check"],
    ["perplexity", TOY, "--file", "text", "--split", "|"],
    ["perplexity", TOY, "--file", "text", "--split", "|", "--json"],
    ["quantize", TOY, "out.gguf", "Q8_0"],
    ["run", TOY, "--raw", "Once", "--set", "num_predict=3"],
]


def test_output_that_cannot_be_written_is_an_error_of_every_command():
    for words in COMMANDS:
        status, _, said = STRADDLE.run(*words, shell=">/dev/full")
        error = [line for line in said.splitlines() if line.startswith("Error: ")]
        assert status == 1 and len(error) == 1 and "standard output: cannot write" in error[0], (words, status, said)


def test_a_closed_output_is_an_error_of_every_command():
    for words in COMMANDS:
        status, _, said = STRADDLE.run(*words, shell=">&-")
        assert status == 1 and "Error: standard output: cannot write: it is closed\n" in said, (words, status, said)


def test_a_pipe_that_nobody_reads_ends_every_command_quietly():
    for words in COMMANDS:
        end, begin = os.pipe()
        os.close(end)
        status, _, said = STRADDLE.run(*words, stdout=begin)
        os.close(begin)
        assert status == 0 and "Error" not in said, (words, status, said)


def test_a_file_that_cannot_be_written_is_an_error():
    status, _, said = STRADDLE.run("logits", TOY, "--tokens", "1", "--out", "/dev/full")
    assert status == 1 and said == "Error: /dev/full: No space left on device\n", (status, said)


def opened(process, fd):
    try:
        return os.readlink("/proc/%d/fd/%d" % (process, fd))
    except FileNotFoundError:
        return None


def test_closed_streams_are_filled_before_anything_is_opened():
    child = STRADDLE.start("tokenize", TOY, shell=">&- 2>&-")
    wait_for(lambda: all(opened(child.pid, fd) == "/dev/null" for fd in (1, 2)), "streams that are /dev/null")
    child.stdin.close()
    assert child.wait() == 1


def test_a_model_is_the_same_without_any_standard_stream():
    assert STRADDLE.run("quantize", TOY, "open.gguf", "Q8_0")[0] == 0
    STRADDLE.run("quantize", TOY, "closed.gguf", "Q8_0", shell="<&- >&- 2>&-")
    assert (HERE / "open.gguf").read_bytes() == (HERE / "closed.gguf").read_bytes()


def test_a_closed_input_is_empty():
    assert STRADDLE.run("tokenize", TOY, shell="<&-") == (0, "\n", "")


def test_a_silent_pipe_is_named_once():
    for words, text in ((["run", TOY, "--raw", "Once", "--set", "num_predict=3"], b""), (["tokenize", TOY], TEXT),
                        (["detokenize", TOY], b"5"), (["template", "t.jinja"], MESSAGES),
                        (["perplexity", TOY, "--split", "|"], TEXT), (["tokenize", TOY, "--batch", "-"], b"")):
        child = STRADDLE.start(*words)
        said = read_until(child.stderr, b"\n").decode()
        assert said.startswith("Waiting for ") and "on standard input" in said and "</dev/null" in said, said
        out, more = child.communicate(text)
        assert child.returncode == 0 and more == b"", (words, more)
        assert out or words[-1] == "-", words


def test_a_terminal_as_input_says_what_is_waited_for():
    for words, typed in ((["tokenize", TOY], b"Once\n"), (["template", "t.jinja"], MESSAGES + b"\n"),
                         (["perplexity", TOY, "--split", "|"], TEXT + b"\n"), (["detokenize", TOY], b"5 6\n"),
                         (["run", TOY, "--raw", "--set", "num_predict=3"], b"Once\n")):
        hand, terminal = pty.openpty()
        child = STRADDLE.start(*words, stdin=terminal)
        said = read_until(child.stderr, b"\n").decode()
        assert said.startswith("Waiting for ") and "Ctrl-D" in said, said
        os.write(hand, typed + b"\x04")
        out, _ = child.communicate()
        assert child.returncode == 0, words
        if words[0] != "run":
            assert out.decode() == STRADDLE.run(*words, stdin=typed)[1], (words, out)
        os.close(hand), os.close(terminal)


def test_words_do_not_wait_for_a_terminal():
    hand, terminal = pty.openpty()
    status, out, said = STRADDLE.run("run", TOY, "--raw", "Once", "--set", "num_predict=3", stdin=terminal)
    assert status == 0 and out and said == "", said
    os.close(hand), os.close(terminal)


def test_a_file_without_end_is_refused():
    for words in (["tokenize", TOY, "--batch"], ["template", "t.jinja", "--messages"]):
        status, _, said = STRADDLE.run(*words, "/dev/zero")
        assert status == 1 and said == "Error: /dev/zero: is larger than 1 GiB: that is no text\n", (status, said)


def test_a_pipe_is_read_where_a_file_is_expected():
    said = MESSAGES.decode()
    for words, text in ((["perplexity", TOY, "--split", "|", "--file"], TEXT),
                        (["tokenize", TOY, "--batch"], b'{"text": "a"}\n{"text": "b"}'),
                        (["template", "t.jinja", "--messages"], MESSAGES)):
        (HERE / "plain").write_bytes(text)
        want = STRADDLE.run(*words, "plain")
        assert want[0] == 0, want
        for path in ("-", "/dev/stdin"):
            assert STRADDLE.run(*words, path, stdin=text) == want, (words, path)
        os.mkfifo(HERE / "fifo")
        writer = threading.Thread(target=lambda: (HERE / "fifo").write_bytes(text))
        writer.start()
        assert STRADDLE.run(*words, "fifo") == want, words
        writer.join()
        os.unlink(HERE / "fifo")
    os.mkfifo(HERE / "silent")
    process = STRADDLE.start("perplexity", TOY, "--split", "|", "--file", "silent")
    read_until(process.stderr, b"Waiting for the text on silent")
    (HERE / "silent").write_bytes(TEXT)
    assert process.wait(timeout=120) == 0
    shell = 'exec "$0" template <(cat t.jinja) --messages <(echo \'%s\')' % said
    out = subprocess.run(["bash", "-c", shell, sys.argv[1]], cwd=HERE, stdout=subprocess.PIPE, check=True).stdout
    assert out == b"[Hi]", out


def test_lines_are_answered_as_they_come():
    child = STRADDLE.start("tokenize", TOY, "--batch", "-")
    for word in ("Once", "upon", "a" * 200000):
        child.stdin.write(json.dumps({"text": word}).encode() + b"\n")
        child.stdin.flush()
        assert json.loads(read_until(child.stdout, b"\n"))
    child.stdin.write(b'{"text": "no line end"}')
    out, said = child.communicate()
    assert child.returncode == 0 and json.loads(out) and b"Error" not in said, said


run_all(dict(globals()))
