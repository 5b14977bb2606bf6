#!/usr/bin/env python3
"""Every command under limits of the address space, from where the program starts to where the command works: it does
its work, or ends with one line and status 4. Usage: no_memory_test.py STRADDLE REPOSITORY [COMMAND ...]

Limits lie close together at first, then ever wider apart. Nothing may crash, hang or leave files behind.
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

SKIPPED = 77
CLOSE = 200 << 10  # bytes between two limits
MESSAGES = b'[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello there"}]'


def attempt(program, words, limit, folder, stdin=b""):
    """Status and standard error; a hang is an exception."""
    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    environment = dict(os.environ, HOME=str(folder), STRADDLE_MODELS=str(folder / "none"))
    done = subprocess.run([program, *map(str, words)], input=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          preexec_fn=limited, cwd=folder, env=environment, timeout=120, check=False)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def least(program, folder):
    """The smallest limit at which the system can load and start the program; None where there is none."""
    low, high = 0, 256 << 20
    if attempt(program, ["version"], high, folder)[0] != 0:
        return None
    while high - low > CLOSE:
        middle = (low + high) // 2
        if attempt(program, ["version"], middle, folder)[0] == 0:
            high = middle
        else:
            low = middle
    return high


def commands(repository, folder):
    toy = repository / "share/models/stories260K.gguf"
    golden = repository / "tests/golden/tokenizers/vocab"
    text, lines = folder / "text.txt", folder / "lines.jsonl"
    text.write_text("Once upon a time there was a little girl. " * 40)
    lines.write_text('{"text": "Hello there"}\n' * 20)
    few = ["--set", "num_predict=5", "--set", "num_ctx=256"]
    return {
        "help": ["--help"],
        "manual": ["manual", "man"],
        "list": ["list"],
        "show": ["show", toy, "--json", "--tensors", "--verbose"],
        "tokenize": ["tokenize", golden / "gpt-2.gguf", "Hello there"],
        "batch": ["tokenize", golden / "llama-spm.gguf", "--batch", lines],
        "template": ["template", golden / "llama-spm.gguf"],
        "run": ["run", toy, "Once upon a time", *few],
        "json": ["run", toy, "Once upon a time", "--format", "json", *few],
        "threads": ["run", toy, "--raw", "Once", "--threads", "8", *few],
        "logits": ["logits", toy, "--tokens", "1,2,3", "--out", folder / "logits"],
        "reference": ["logits", toy, "--tokens", "1,2,3", "--device", "reference"],
        "perplexity": ["perplexity", toy, "--file", text, "--set", "num_ctx=64"],
        "quantize": ["quantize", toy, folder / "made.gguf", "Q4_K_M"],
    }


def problem_of(status, errors):
    """What is wrong with an end, or None."""
    lines = [line for line in errors.splitlines() if not line.startswith("Warning: ")]
    if status == 0:
        return None
    if status != 4:
        return "ends with %s: %s" % (status, errors[-200:])
    if len(lines) != 1 or not lines[0].startswith("Error: "):
        return "says %r" % errors[-200:]
    return None


def try_limits(program, name, words, start, folder):
    """Problems of one command at growing limits, until it has worked at three."""
    problems, worked, count, limit = [], 0, 0, start
    while worked < 3 and limit < (1 << 30):
        status, errors = attempt(program, words, limit, folder, MESSAGES if name == "template" else b"")
        found = problem_of(status, errors)
        if found:
            problems.append("%s at %d kB %s" % (name, limit >> 10, found))
        problems += ["%s at %d kB leaves %s" % (name, limit >> 10, p.name) for p in folder.glob("*.part-*")]
        worked = worked + 1 if status == 0 else 0
        count += 1
        limit += CLOSE + limit // 400 * (count // 8)
    print("%-10s %3d limits, works from %d kB" % (name, count, limit >> 10))
    return problems


def main():
    program, repository = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        start = least(program, folder)
        if start is None:
            print("this build needs a large address space even to start")
            sys.exit(SKIPPED)
        start += CLOSE
        print("it starts at %d kB" % (start >> 10))
        problems = []
        for command, words in commands(repository, folder).items():
            if not sys.argv[3:] or command in sys.argv[3:]:
                problems += try_limits(program, command, words, start, folder)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
