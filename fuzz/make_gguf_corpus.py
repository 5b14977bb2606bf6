#!/usr/bin/env python3
"""Seeds for gguf_fuzzer: the hostile files of tests/refused, valid files of every kind of value and
tensor, and the headers of golden models where they are at hand.

Usage: make_gguf_corpus.py FOLDER [FOLDER of golden models]
"""
import importlib.util
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZES = [(0, 1), (1, 1), (2, 2), (3, 2), (4, 4), (5, 4), (6, 4), (10, 8), (11, 8), (12, 8)]  # of numbers, by type
HEADER = 6000  # bytes of a golden model: its keys and many of its tensors


def load_maker():
    spec = importlib.util.spec_from_file_location("make", ROOT / "tests/refused/make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def valid_files(m):
    scalars = [m.key(f"k.{kind}", kind, bytes(range(1, 9))[:size])
               for kind, size in SIZES]
    scalars.append(m.key("k.bool", m.BOOL, b"\x01"))
    arrays = [m.array(f"a.{kind}", kind, 3, bytes(3 * size))
              for kind, size in SIZES + [(7, 1)]]
    arrays.append(m.array("a.text", m.STRING, 2, m.text("one") + m.text("")))
    # type, values of a block; the data of 256 values fits 1 KiB
    blocks = [(0, 1), (1, 1), (2, 32), (3, 32), (6, 32), (7, 32), (8, 32), (24, 1), (30, 1), (39, 32), (40, 64)]
    blocks += [(kind, 256) for kind in (10, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 29, 34, 35)]
    tensors = [m.tensor(f"t.{kind}", (256, 1), kind, 1024 * i) for i, (kind, _) in enumerate(blocks)]
    yield "scalars", m.gguf([m.ARCH] + scalars)
    yield "arrays", m.gguf([m.ARCH] + arrays)
    yield "tensors", m.gguf([m.ARCH], tensors, 1024 * len(tensors))
    yield "alignment", m.gguf([m.aligned(64)], [m.tensor("w", (4, 2, 2, 1))], 64, alignment=64)
    yield "version-2", m.gguf([m.ARCH], [m.tensor()], 16, version=2)
    yield "part", m.part(1, tensors=m.A)
    yield "nothing", m.gguf()
    yield "scalar-tensor", m.gguf([m.ARCH], [m.tensor(dims=())], 4)


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    maker = load_maker()
    for name, content in valid_files(maker):
        (out / f"valid-{name}").write_bytes(content)
    for path in sorted((ROOT / "tests/refused").glob("*.gguf")):
        (out / f"refused-{path.stem}").write_bytes(path.read_bytes())
    golden = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "tests/golden"
    for path in sorted(golden.rglob("*.gguf")):
        (out / f"golden-{path.stem}").write_bytes(path.read_bytes()[:HEADER])


if __name__ == "__main__":
    main()
