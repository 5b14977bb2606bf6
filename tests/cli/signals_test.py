#!/usr/bin/env python3
"""Ctrl-C, SIGTERM and SIGHUP, whatever a command is at. Usage: signals_test.py STRADDLE REPOSITORY
(ctest name: cli_signals)
"""
import fcntl
import os
import pathlib
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios

sys.dont_write_bytecode = True
from program import Program, read_until, run_all, wait_for

FOLDER = tempfile.TemporaryDirectory()
HERE = pathlib.Path(FOLDER.name)
STRADDLE = Program(sys.argv[1], sys.argv[2], HERE)
TOY = STRADDLE.toy
ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
READS = [["run", TOY], ["run", TOY, "words"], ["tokenize", TOY], ["detokenize", TOY], ["tokenize", TOY, "--batch", "-"],
         ["template", TOY], ["perplexity", TOY], ["perplexity", TOY, "--file", "/dev/stdin"]]


def begun(child):
    """It has said that it waits for its input, so it watches signals."""
    return read_until(child.stderr, b"Waiting for")


def test_a_signal_ends_the_reading_of_input():
    children = [(STRADDLE.start(*words), number, words) for number in ENDS for words in READS]
    for child, number, words in children:
        begun(child)
        child.send_signal(number)
        out, said = child.communicate(timeout=60)
        assert child.returncode == ENDS[number] and out == b"" and b"Error" not in said, (words, number, child.returncode)


def own_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_ctrl_c_is_typed_where_text_is_expected():
    hand, terminal = pty.openpty()
    child = STRADDLE.start("tokenize", TOY, stdin=terminal, preexec_fn=own_terminal)
    begun(child)
    os.write(hand, b"half a li\x03")
    assert child.wait(60) == 130
    os.close(hand), os.close(terminal)


def test_a_signal_that_was_ignored_stays_ignored():
    children = [(STRADDLE.start("tokenize", TOY, preexec_fn=lambda n=number: signal.signal(n, signal.SIG_IGN)), number)
                for number in ENDS]
    for child, number in children:
        begun(child)
        child.send_signal(number)
        out, _ = child.communicate(b"Once", timeout=60)
        assert child.returncode == 0 and out.split(), (number, child.returncode)


def test_long_work_ends_at_once():
    (HERE / "long").write_bytes(b"Once upon a time there was a little girl. " * 500000)
    (HERE / "ids").write_bytes(b"403 407 261 378 " * 1500000)
    lines = '{"text": "%s"}\n' % ("Once upon a time " * 100)
    (HERE / "lines").write_text(lines * 10000)
    for words, text in ((["tokenize", TOY], "long"), (["detokenize", TOY], "ids"), (["run", TOY, "--raw"], "long"),
                        (["perplexity", TOY, "--file", "long"], "ids"), (["tokenize", TOY, "--batch", "lines"], "ids")):
        with open(HERE / text, "rb") as given:
            child = STRADDLE.start(*words, stdin=given, stdout=subprocess.DEVNULL)
            wait_for(lambda c=child: reads_much(c.pid, 1 << 20), "a text that is read")
            child.send_signal(signal.SIGINT)
            assert child.wait(60) == 130, words


def reads_much(process, count):
    with open("/proc/%d/io" % process, encoding="ascii") as io:
        return int(io.readline().split()[1]) > count


def test_an_answer_that_nobody_takes_ends():
    """The pipe is full before the answer begins: what it writes waits, and a signal ends that."""
    for number, status in ENDS.items():
        end, begin = os.pipe()
        room = fcntl.fcntl(begin, fcntl.F_SETPIPE_SZ, 4096)
        os.write(begin, b"." * (room - 1))
        child = STRADDLE.start("run", TOY, "--raw", "Once", "--set", "num_predict=300", stdin=subprocess.DEVNULL,
                               stdout=begin)
        wait_for(lambda: sleeps_in_write(child.pid), "a write that waits")
        child.send_signal(number)
        assert child.wait(60) == status, (number, child.returncode)
        os.close(end), os.close(begin)


def sleeps_in_write(process):
    """The first word of /proc/PID/syscall is the number of the call that it sleeps in."""
    with open("/proc/%d/syscall" % process, encoding="ascii") as call:
        words = call.read().split()
    return words[:2] == [str(WRITE), "0x1"]


WRITE = {"x86_64": 1, "aarch64": 64}.get(os.uname().machine, -1)


def key(name, kind, value):
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value


def string(text):
    return struct.pack("<Q", len(text)) + text


def large_model(path, tensors=400, side=1024):
    """Zeros as float32, sparse on the disk, that take seconds to quantize."""
    listed = b"".join(string(b"blk.%d.ffn_up.weight" % i) + struct.pack("<IQQIQ", 2, side, side, 0, i * side * side * 4)
                      for i in range(tensors))
    header = struct.pack("<4sIQQ", b"GGUF", 3, tensors, 1) + key(b"general.architecture", 8, string(b"llama")) + listed
    with open(path, "wb") as out:
        out.write(header)
        out.truncate((len(header) + 31) // 32 * 32 + tensors * side * side * 4)


def test_an_answer_ends_where_it_is():
    child = STRADDLE.start("run", TOY, "--raw", "Once", "--set", "num_ctx=1000000", "--set", "num_predict=900000")
    child.stdin.close()
    read_until(child.stdout, b" ")
    child.send_signal(signal.SIGINT)
    out, said = child.stdout.read(), child.stderr.read()
    assert child.wait(60) == 130 and out.endswith(b"\n\n") and b"Error" not in said, (out[-80:], said)


def test_a_signal_leaves_no_part_of_a_model():
    large_model(HERE / "large.gguf")
    for number, status in ENDS.items():
        child = STRADDLE.start("quantize", "large.gguf", "small.gguf", "Q8_0")
        wait_for(lambda: any(p.stat().st_size for p in HERE.glob("small.gguf?*")), "a model that is written")
        child.send_signal(number)
        _, said = child.communicate(timeout=60)
        assert child.returncode == status and b"Error" not in said, (number, child.returncode, said)
        assert not list(HERE.glob("small.gguf*")), list(HERE.iterdir())


def test_ctrl_c_in_long_work_leaves_the_shell_a_row_of_its_own():
    large_model(HERE / "large.gguf")
    for term in ("xterm", "dumb"):
        hand, terminal = pty.openpty()
        child = STRADDLE.start("quantize", "large.gguf", "small.gguf", "Q8_0", stdin=terminal, stdout=terminal,
                               stderr=terminal, env={**STRADDLE.environment(), "TERM": term}, preexec_fn=own_terminal)
        os.close(terminal)
        wait_for(lambda: any(p.stat().st_size for p in HERE.glob("small.gguf?*")), "a model that is written")
        os.write(hand, b"\x03")
        assert child.wait(60) == 130
        said = until_its_end(hand)
        assert b"^C" in said and said.endswith(b"\r\n"), (term, said)
        os.close(hand)


def until_its_end(hand):
    said = b""
    while True:
        try:
            said += os.read(hand, 1 << 16)
        except OSError:  # nobody has the terminal any more
            return said


run_all(dict(globals()))
