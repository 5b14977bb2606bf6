#!/usr/bin/env python3
"""Models of random weights in straddle and in llama.cpp: the same logits, but for rounding.

  slices.py [--straddle EXE] [SHAPE ...]     default: a dense shape, one of experts, one with sliding windows

`straddle synth` writes the first layers of each shape, both programs compute the logits of the same tokens. Printed is
what they differ by, relative to the logits (root mean squares over the vocabulary; median and largest of the tokens).
Both round activations to int8, each by its own rules: 0.02 to 0.04. Rows that have nothing in common give 1.4. The bar
is 0.06 for the median: where two experts are nearly as good, a token of a mixture goes another way by chance.
Exit 77 where node-llama-cpp is absent.
"""
import argparse
import array
import math
import pathlib
import statistics
import sys
import tempfile

import compare

SHAPES = ("llama3.1:8b", "mixtral:8x7b", "gemma3:12b")
# Until each kind of layer is there; else 2.
LAYERS = {"gemma3": 7, "qwen3.6": 4, "deepseek-r1": 4}
TYPES = {"deepseek-r1": "Q2_K"}  # below 6 GB
IDS = [1, 75, 104, 111, 111, 114, 300, 301, 1000, 75, 104, 111]
BAR = 0.06


def their_logits(path, folder):
    out = folder / "logits.f32"
    # More threads change no logits, and wait long for each other on a busy machine.
    compare.llama("logits", path, ",".join(map(str, IDS)), out, "--threads", "1")
    values = array.array("f", out.read_bytes())
    width = len(values) // len(IDS)
    return [values[i * width:(i + 1) * width] for i in range(len(IDS))]


def difference(ours, theirs):
    if len(ours) != len(theirs):
        raise compare.Failure("rows of %d and of %d logits" % (len(ours), len(theirs)))
    apart = sum((a - b) ** 2 for a, b in zip(ours, theirs))
    return math.sqrt(apart / sum(b * b for b in theirs))


def agrees(straddle, shape, folder):
    path, family = folder / "slice.gguf", shape.partition(":")[0]
    layers, kind = LAYERS.get(family, 2), TYPES.get(family, "Q4_K_M")
    compare.run([straddle, "synth", shape, path, "--layers", layers, "--type", kind])
    ours, theirs = compare.logits(straddle, path, IDS), their_logits(path, folder)
    apart = [difference(*rows) for rows in zip(ours, theirs)]
    same = sum(a.index(max(a)) == b.index(max(b)) for a, b in zip(ours, theirs))
    median = statistics.median(apart)
    print("%s: %d layers, %s: median %.4f, largest %.4f; the same best token in %d of %d rows%s" % (
        shape, layers, kind, median, max(apart), same, len(apart), "" if median < BAR else ": NOT THE SAME"), flush=True)
    return median < BAR


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", metavar="SHAPE", nargs="*", default=SHAPES)
    parser.add_argument("--straddle", default=compare.ROOT / "build" / "release" / "straddle")
    given = parser.parse_args()
    if not compare.has_llama():
        print("peer_slices: SKIPPED: no node-llama-cpp (npm install in bench/peers)")
        return compare.SKIPPED
    try:
        with tempfile.TemporaryDirectory() as folder:
            same = [agrees(given.straddle, shape, pathlib.Path(folder)) for shape in given.shapes]
    except compare.Failure as failure:
        print("slices: %s" % failure, file=sys.stderr)
        return 1
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
