#!/usr/bin/env python3
"""Writes src/quant/codebooks.inc from the grids in tests/golden/quants/tables.

A grid entry is 8 (or 4) values out of a small alphabet. It is kept as a code: the index of each
value, 2 bits each (3 bits for the grids of 4), first value lowest. 8 KiB instead of 32.
"""
import array
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ROOT / "tests/golden/quants/tables"
# name: (file, values per entry, element, alphabet, bits per value)
GRIDS = {
    "kIq2Xxs": ("iq2xxs_grid.u8", 8, "B", [8, 25, 43], 2),
    "kIq2Xs": ("iq2xs_grid.u8", 8, "B", [8, 25, 43], 2),
    "kIq2S": ("iq2s_grid.u8", 8, "B", [8, 25, 43], 2),
    "kIq3Xxs": ("iq3xxs_grid.u4", 4, "B", [4, 12, 20, 28, 36, 44, 52, 62], 3),
    "kIq3S": ("iq3s_grid.u4", 4, "B", [1, 3, 5, 7, 9, 11, 13, 15], 3),
    "kIq1": ("iq1s_grid.u8", 8, "b", [-1, 0, 1], 2),
}


def codes(file, width, element, alphabet, bits):
    values = array.array(element, (TABLES / file).read_bytes())
    for first in range(0, len(values), width):
        entry = values[first:first + width]
        yield sum(alphabet.index(v) << (bits * i) for i, v in enumerate(entry))


def main():
    lines = ["// Made by tools/make_codebooks.py: do not edit."]
    for name, grid in GRIDS.items():
        numbers = [f"0x{code:04x}," for code in codes(*grid)]
        lines.append(f"const uint16_t {name}[{len(numbers)}] = {{")
        lines += ["    " + " ".join(numbers[i:i + 12]) for i in range(0, len(numbers), 12)]
        lines.append("};")
    (ROOT / "src/quant/codebooks.inc").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
