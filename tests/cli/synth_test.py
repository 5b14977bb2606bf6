#!/usr/bin/env python3
"""Slices of every shape load and speak (ctest name: cli_synth). Without STRADDLE_LONG=1 the smallest ones.
Usage: synth_test.py STRADDLE REPOSITORY
"""
import math
import os
import pathlib
import signal
import sys
import tempfile

from program import Program, run_all, wait_for

SMALL = ("smollm2:135m", "gemma3:270m")
# Until each kind of layer is there, and one model whole; else 2.
LAYERS = {"gemma3": 7, "qwen35moe": 4, "deepseek2": 4, "smollm2:135m": 30}
TYPES = {"deepseek2": "Q2_K"}  # so that the slice is below 6 GB

LONG = bool(os.environ.get("STRADDLE_LONG"))
PATIENCE = 900  # seconds for a command that reads or writes gigabytes on a busy machine


def rows(program):
    lines = [line.split("\t") for line in (program.root / "share/shapes.tsv").read_text().splitlines()
             if not line.startswith("#")]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def speaks(program, row):
    name, architecture = row["name"], row["architecture"]
    layers, kind = LAYERS.get(name, LAYERS.get(architecture, 2)), TYPES.get(architecture, "Q4_K_M")
    file = program.folder / "slice.gguf"
    status, _, errors = program.run("synth", name, file, "--type", kind, "--layers", layers, timeout=PATIENCE)
    assert status == 0, (name, errors)
    assert file.stat().st_size < 6e9, (name, file.stat().st_size)
    status, said, errors = program.run("run", "--raw", file, "Grüße, 你好!", "--set", "num_predict=4", "--set", "seed=1",
                                       "--ctx", "64", timeout=PATIENCE)
    assert status == 0 and "word" in said, (name, status, said, errors)
    status, said, errors = program.run("logits", file, "--tokens", "1,75,76,77", "--top", "3", "--ctx", "64",
                                       timeout=PATIENCE)
    assert status == 0, (name, errors)
    best = float(said.split()[1])
    assert math.isfinite(best) and 1 < best < 40, (name, said)
    print("  %s: %d layers, %s, %.2f GB, best logit %.1f" % (name, layers, kind, file.stat().st_size / 1e9, best),
          flush=True)
    file.unlink()


def test_slices_load_and_speak(program):
    every = rows(program)
    assert len(every) == 27, len(every)
    for row in every:
        if LONG or row["name"] in SMALL:
            speaks(program, row)
    if not LONG:
        print("  all other shapes: with STRADDLE_LONG=1")


def test_a_header_alone_is_shown_and_not_run(program):
    file = program.folder / "header.gguf"
    status, said, _ = program.run("synth", "llama3.3:70b", file, "--type", "q2_k", "--header-only")
    assert (status, said) == (0, "724 tensors, 70.6B parameters, 26 GB, of which the header is written\n"), said
    status, said, _ = program.run("show", file)
    assert status == 0 and "70.6B" in said, said
    status, _, errors = program.run("run", file, "hi")
    assert status == 1 and errors.count("\n") == 1 and "it is a header alone, without weights" in errors, errors


def test_wrong_words(program):
    file = program.folder / "none.gguf"
    for words, expected in ((("llama3.1:9b", file), "unknown shape (did you mean llama3.1:8b?"),
                            (("llama3.1:8b", file, "--type", "Q9"), "unknown type or mix"),
                            (("llama3.1:8b", file, "--layers", "33"), "--layers: llama3.1:8b has 32")):
        status, _, errors = program.run("synth", *words)
        assert status == 2 and expected in errors, (words, errors)
        assert not file.exists()


def test_interrupted_it_leaves_no_file(program):
    folder = program.folder / "out"
    folder.mkdir()
    process = program.start("synth", "llama3.1:8b", folder / "model.gguf")
    wait_for(lambda: any(each.stat().st_size > 1 << 22 for each in folder.iterdir()), "a file that grows")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130, (process.returncode, errors)
    assert not list(folder.iterdir())


def main():
    with tempfile.TemporaryDirectory() as folder:
        program = Program(sys.argv[1], sys.argv[2], pathlib.Path(folder))
        run_all({name: (lambda test=test: test(program)) for name, test in globals().items()
                 if name.startswith("test_")})


main()
