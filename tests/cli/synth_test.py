#!/usr/bin/env python3
"""Slices of every shape load and speak (ctest name: cli_synth). Without STRADDLE_LONG=1 the smallest ones.
Usage: synth_test.py STRADDLE REPOSITORY
"""
import array
import math
import os
import re
import signal

from program import run_with_program, wait_for

SMALL = ("smollm2:135m", "gemma3:270m")
# Until each kind of layer is there, and two models whole; else 2.
LAYERS = {"gemma3": 7, "qwen35moe": 4, "deepseek2": 4, "smollm2:135m": 30, "gemma2:9b": 42}
TYPES = {"deepseek2": "Q2_K", "gemma2:9b": "Q2_K"}  # so that the slice is below 6 GB

LONG = bool(os.environ.get("STRADDLE_LONG"))
PATIENCE = 900  # seconds for a command that reads or writes gigabytes on a busy machine


def rows(program):
    lines = [line.split("\t") for line in (program.root / "share/shapes.tsv").read_text().splitlines()
             if not line.startswith("#")]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def chosen(table, row, otherwise):
    return table.get(row["name"], table.get(row["architecture"], otherwise))


def best_logit(program, file):
    """Of the last row, in units of the row's own spread (some models scale their logits)."""
    out = program.folder / "logits.f32"
    status, _, errors = program.run("logits", file, "--tokens", "1,75,76,77", "--out", out, "--ctx", "64",
                                    timeout=PATIENCE)
    assert status == 0, errors
    row = array.array("f", out.read_bytes())
    assert all(map(math.isfinite, row))
    return max(row) / math.sqrt(sum(value * value for value in row) / len(row))


def speaks(program, row):
    name, layers, kind = row["name"], chosen(LAYERS, row, 2), chosen(TYPES, row, "Q4_K_M")
    file = program.folder / "slice.gguf"
    status, _, errors = program.run("synth", name, file, "--type", kind, "--layers", layers, timeout=PATIENCE)
    assert status == 0, (name, errors)
    assert file.stat().st_size < 6e9, (name, file.stat().st_size)
    status, said, errors = program.run("run", "--raw", "--verbose", file, "Grüße, 你好!", "--set", "num_predict=8",
                                       "--set", "seed=1", "--ctx", "64", timeout=PATIENCE)
    assert status == 0 and said.strip() and re.search(r"^eval count: +8 ", errors, re.M), (name, status, said, errors)
    best = best_logit(program, file)
    assert 2 < best < 40, (name, best)
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


def test_headers_of_every_shape_are_shown(program):
    file = program.folder / "header.gguf"
    for row in rows(program):
        status, _, errors = program.run("synth", row["name"], file, "--header-only")
        assert status == 0, (row["name"], errors)
        status, said, errors = program.run("show", file)
        assert status == 0 and row["architecture"] in said, (row["name"], said, errors)


def test_shapes_that_make_no_sense_are_refused_by_column(program):
    share, lines = program.folder / "wrong", (program.root / "share/shapes.tsv").read_text().splitlines()
    share.mkdir()
    head = next(line for line in lines if not line.startswith("#")).split("\t")
    row = next(line for line in lines if line.startswith("llama3.2:1b\t")).split("\t")
    environment = {**program.environment(), "STRADDLE_SHARE": str(share)}
    for column, values in (("layers", "0 4294967295"), ("embedding", "0 -1"), ("heads", "0"), ("kv_heads", "0"),
                           ("key_length", "0 1"), ("value_length", "0"), ("ffn", "0 1e3"), ("vocab", "0 400000000"),
                           ("norm_eps", "-1 nan"), ("tied", ":x:yes"), ("parts", ":1:attn 7:ffn=2:rope_freqs=x"),
                           ("keys", ":x:=1:a="), ("name", ":a\xff"), ("architecture", ":\x1b[2J")):
        for value in values.split(":") if ":" in values else values.split():
            wrong = [value if name == column else text for name, text in zip(head, row)]
            (share / "shapes.tsv").write_bytes(
                ("\t".join(head) + "\n" + "\t".join(wrong) + "\n").encode("latin-1"))
            synth = program.start("synth", "llama3.2:1b", program.folder / "none.gguf", "--header-only",
                                  env=environment)
            errors = synth.communicate()[1].decode()
            assert synth.returncode == 1 and errors.count("\n") == 1, (column, value, synth.returncode, errors)
            assert ": column %s makes no sense" % column in errors, (column, value, errors)


def test_what_is_no_list_of_shapes_is_not_read(program):
    share = program.folder / "pipes"
    share.mkdir()
    shapes = share / "shapes.tsv"

    def refused(text):
        synth = program.start("synth", "llama3.2:1b", program.folder / "none.gguf", "--header-only",
                              env={**program.environment(), "STRADDLE_SHARE": str(share)})
        errors = synth.communicate(timeout=120)[1].decode()
        assert synth.returncode in (1, 3) and errors.count("\n") == 1 and text in errors, (synth.returncode, errors)

    refused("no such file")
    os.mkfifo(shapes)
    refused("not a regular file")
    shapes.unlink()
    shapes.mkdir()
    refused("is a folder")
    shapes.rmdir()
    shapes.write_bytes(b"x" * (2 << 20))
    refused("too large")


def altered_smollm2(program, columns, *words):
    """A file of the shape smollm2:135m, of which the second and third column (architecture, layers) say otherwise."""
    share, file = program.folder / "share", program.folder / "altered.gguf"
    share.mkdir(exist_ok=True)
    table = (program.root / "share/shapes.tsv").read_text()
    (share / "shapes.tsv").write_text(table.replace("smollm2:135m\tllama\t30\t", "smollm2:135m\t%s\t%d\t" % columns))
    made = program.start("synth", "smollm2:135m", file, *words,
                         env={**program.environment(), "STRADDLE_SHARE": str(share)})
    _, errors = made.communicate()
    assert made.returncode == 0, errors
    return file


def test_a_deep_model_stays_finite(program):
    file = altered_smollm2(program, ("llama", 100), "--type", "Q4_0")
    best = best_logit(program, file)
    assert 2 < best < 40, best
    print("  100 layers: best logit %.1f" % best)
    file.unlink()


def test_an_unknown_architecture_is_refused_by_name(program):
    file = altered_smollm2(program, ("martian", 30), "--layers", "1")
    status, _, errors = program.run("run", "--raw", file, "hi")
    assert status == 1 and "architecture 'martian' is not known" in errors and errors.count("\n") == 1, errors


def test_wrong_words(program):
    file = program.folder / "none.gguf"
    for words, expected in ((("llama3.1:9b", file), "unknown shape (did you mean llama3.1:8b?"),
                            (("llama3.1:8b", file, "--type", "Q9"), "unknown type or mix"),
                            (("llama3.1:8b", file, "--layers", "33"), "--layers: 33 is not from 1 to 32"),
                            (("llama3.1:8b", file, "--layers", "0"), "--layers: '0' is not 1 or more"),
                            (("llama3.1:8b", file, "--layers", "-1"), "--layers: '-1' is not 1 or more")):
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


run_with_program(globals())
