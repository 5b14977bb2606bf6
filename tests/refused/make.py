#!/usr/bin/env python3
"""Makes the hostile files of this folder and, beside each, the one line that we print for it.

NAME.gguf is refused with the line in NAME.txt, less the folder. A split set has its NAME.txt beside
the part that a user names. Run it after a change and look at the diff: the expectations are written
here, by hand, never taken from the program. Files too large to keep are made by sparse.py when it is run.
"""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
TYPE_F32, TYPE_Q4_0, TYPE_Q4_K, TYPE_I8 = 0, 2, 12, 24
MAX = 2**64 - 1
AGAIN = "(download it again)"


def u32(value):
    return struct.pack("<I", value & 0xFFFFFFFF)


def u64(value):
    return struct.pack("<Q", value & MAX)


def text(value):
    return u64(len(value)) + value.encode()


def key(name, kind, value):
    return text(name) + u32(kind) + value


def array(name, element, count, value):
    return key(name, ARRAY, u32(element) + u64(count) + value)


def tensor(name="w", dims=(4,), kind=TYPE_F32, offset=0, n_dims=None):
    """An entry of the tensor list."""
    count = len(dims) if n_dims is None else n_dims
    return text(name) + u32(count) + b"".join(map(u64, dims)) + u32(kind) + u64(offset)


def gguf(keys=(), tensors=(), data=0, alignment=32, version=3, n_keys=None, n_tensors=None):
    """A file: `data` bytes of zeros behind the padded header."""
    out = b"GGUF" + u32(version)
    out += u64(len(tensors) if n_tensors is None else n_tensors)
    out += u64(len(keys) if n_keys is None else n_keys)
    out += b"".join(keys) + b"".join(tensors)
    if tensors and data:
        out += bytes(-len(out) % alignment)
    return out + bytes(data)


ARCH = key("general.architecture", STRING, text("llama"))
ONE = gguf([ARCH], [tensor()], 16)


def aligned(value, kind=U32):
    return key("general.alignment", kind, u32(value))


def with_tensor(**fields):
    return gguf([ARCH], [tensor(**fields)], 64)


def overlapping(offset):
    return gguf([ARCH], [tensor("a", (16,)), tensor("b", (16,), offset=offset)], 256)


CASES = {
    # Not GGUF at all, or not the kind that we read.
    "empty": (b"", "the file is empty " + AGAIN),
    "magic-bad": (b"GGUX" + ONE[4:], "not a GGUF file (it does not begin with the letters GGUF)"),
    "magic-short": (b"GG", "not a GGUF file (it does not begin with the letters GGUF)"),
    "magic-only": (b"GGUF", "the file ends inside its first 24 bytes " + AGAIN),
    "magic-swapped": (b"FUGG" + ONE[4:], "big-endian GGUF (convert it to little-endian first)"),
    "big-endian": (b"GGUF" + struct.pack(">I", 3) + ONE[8:],
                   "big-endian GGUF (convert it to little-endian first)"),
    "old-ggml": (b"lmgg" + ONE[4:], "a pre-GGUF file (convert the original model to GGUF)"),
    "old-ggjt": (b"tjgg" + ONE[4:], "a pre-GGUF file (convert the original model to GGUF)"),
    "old-ggmf": (b"ggmf" + ONE[4:], "a pre-GGUF file (convert the original model to GGUF)"),
    "zip": (b"PK\x03\x04" + bytes(30),
            "a ZIP archive (PyTorch?), not a GGUF file (convert the original model to GGUF)"),
    "json": (b'{"architectures": []}', "JSON, not a GGUF file (name the .gguf file)"),
    "git-lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
                "a git-lfs pointer, not the model itself (fetch it: git lfs pull)"),
    "web-page": (b"<!DOCTYPE html>", "a web page, not a GGUF file (download the model itself)"),
    "safetensors": (u64(20) + b'{"__metadata__": {}}',
                    "a safetensors file, not a GGUF file (convert the original model to GGUF)"),
    "version-0": (gguf([ARCH], version=0), "bad version 0 (convert it again)"),
    "version-1": (gguf([ARCH], version=1), "GGUF version 1 is too old (convert it again)"),
    "version-4": (gguf([ARCH], version=4), "version 4 is newer than this program (3) (update straddle)"),
    # Counts. CVE-2024-23605, CVE-2024-21836: count * struct size wraps to a small block.
    "keys-minus-1": (gguf([ARCH], n_keys=MAX),
                     f"it says it has {MAX} keys, more than its 69 bytes can hold " + AGAIN),
    "keys-wrap": (gguf([ARCH], n_keys=2**64 // 48 + 1),
                  f"it says it has {2**64 // 48 + 1} keys, more than its 69 bytes can hold " + AGAIN),
    "keys-one-more": (gguf([ARCH], n_keys=4),
                      "it says it has 4 keys, more than its 69 bytes can hold " + AGAIN),
    "keys-cut": (gguf([ARCH], n_keys=2), "the file ends inside key number 2 " + AGAIN),
    "tensors-minus-1": (gguf([ARCH], [tensor()], n_tensors=MAX),
                        f"it says it has {MAX} tensors, more than its 102 bytes can hold " + AGAIN),
    "tensors-wrap": (gguf([ARCH], [tensor()], n_tensors=2**64 // 64 + 1),
                     f"it says it has {2**64 // 64 + 1} tensors, more than its 102 bytes can hold " + AGAIN),
    "tensors-cut": (gguf([ARCH], [tensor()], n_tensors=2), "the file ends inside tensor number 2 " + AGAIN),
    # Keys and strings. CVE-2024-23496: length + 1 = 0.
    "key-size-minus-1": (gguf([u64(MAX) + b"general.architecture"]),
                         "the file ends inside key number 1 " + AGAIN),
    "key-empty": (gguf([key("", U32, u32(1))]), "key number 1 has no name"),
    "key-twice": (gguf([ARCH, ARCH]), "key 'general.architecture' appears twice"),
    "key-type-13": (gguf([ARCH, key("x", 13, u64(0))]), "key 'x': unknown value type 13"),
    "key-type-minus-1": (gguf([ARCH, key("x", MAX, u64(0))]), f"key 'x': unknown value type {2**32 - 1}"),
    "key-controls": (gguf([key("\x1b[2J\nx", 13, u64(0))]), "key '?[2J?x': unknown value type 13"),
    "value-cut": (gguf([ARCH, key("a.long.key", U64, bytes(7))]),
                  "key 'a.long.key': the file ends inside the value " + AGAIN),
    "string-minus-1": (gguf([key("general.name", STRING, u64(MAX) + b"name")]),
                       f"key 'general.name': a string of {MAX} bytes, but 4 are left in the file " + AGAIN),
    "string-one-more": (gguf([key("general.name", STRING, u64(5) + b"name")]),
                        "key 'general.name': a string of 5 bytes, but 4 are left in the file " + AGAIN),
    # Arrays. CVE-2024-21825: count * element size wraps.
    "array-wrap": (gguf([array("a", U64, 2**61 + 1, bytes(8))]),
                   f"key 'a': an array of {2**61 + 1} elements, but 8 bytes are left in the file " + AGAIN),
    "array-minus-1": (gguf([array("a", U8, MAX, bytes(8))]),
                      f"key 'a': an array of {MAX} elements, but 8 bytes are left in the file " + AGAIN),
    "array-strings-many": (gguf([array("a", STRING, 2, bytes(8))]),
                           "key 'a': an array of 2 elements, but 8 bytes are left in the file " + AGAIN),
    "array-string-minus-1": (gguf([array("a", STRING, 1, u64(MAX) + b"x")]),
                             f"key 'a': a string of {MAX} bytes, but 1 are left in the file " + AGAIN),
    "array-type-13": (gguf([array("a", 13, 1, bytes(8))]), "key 'a': unknown array element type 13"),
    "array-type-minus-1": (gguf([array("a", MAX, 1, bytes(8))]),
                           f"key 'a': unknown array element type {2**32 - 1}"),
    "array-nested": (gguf([array("a", ARRAY, 1, u32(U8) + u64(1) + b"x")]),
                     "key 'a': an array of arrays is not supported"),
    "array-nested-deep": (gguf([array("a", ARRAY, 1, (u32(ARRAY) + u64(1)) * 4000)]),
                          "key 'a': an array of arrays is not supported"),
    "array-cut": (gguf([key("a.key", ARRAY, u32(U8) + u32(0))]),
                  "key 'a.key': the file ends inside the head of an array " + AGAIN),
    # Alignment.
    "alignment-0": (gguf([aligned(0)], [tensor()], 64),
                    "key 'general.alignment' is 0, not a power of two from 8 to 1048576"),
    "alignment-1": (gguf([aligned(1)], [tensor()], 64),
                    "key 'general.alignment' is 1, not a power of two from 8 to 1048576"),
    "alignment-4": (gguf([aligned(4)], [tensor("a", (2,)), tensor("w", offset=12)], 64),
                    "key 'general.alignment' is 4, not a power of two from 8 to 1048576"),
    "alignment-13": (gguf([aligned(13)], [tensor()], 64),
                     "key 'general.alignment' is 13, not a power of two from 8 to 1048576"),
    "alignment-2-31": (gguf([aligned(2**31)], [tensor()], 64),
                       "key 'general.alignment' is 2147483648, not a power of two from 8 to 1048576"),
    "alignment-i32": (gguf([aligned(32, I32)], [tensor()], 64),
                      "key 'general.alignment' is of type i32, not u32"),
    "alignment-ignored": (gguf([aligned(64)], [tensor("a", (8,)), tensor("b", (8,), offset=32)], 64, 64),
                          "tensor 'b': offset 32 is no multiple of the alignment 64"),
    # Tensors: names and shapes. CVE-2024-21802: n_dims beyond the array; CVE-2026-33298: products wrap.
    "name-long": (with_tensor(name="n" * 64), "tensor number 1 has a name of 64 bytes; the most is 63"),
    "name-minus-1": (gguf([ARCH], [u64(MAX) + bytes(40)]), "the file ends inside tensor number 1 " + AGAIN),
    "name-empty": (with_tensor(name=""), "tensor number 1 has no name"),
    "name-twice": (gguf([ARCH], [tensor("w"), tensor("w", offset=32)], 64), "tensor 'w' appears twice"),
    "dims-5": (with_tensor(dims=(1,) * 5), "tensor 'w': 5 dimensions; the most is 4"),
    "dims-minus-1": (with_tensor(n_dims=MAX), f"tensor 'w': {2**32 - 1} dimensions; the most is 4"),
    "dim-negative": (with_tensor(dims=(4, -1)), "tensor 'w': dimension 2 is -1"),
    "dim-zero": (with_tensor(dims=(0, 4)), "tensor 'w': dimension 1 is 0"),
    "elements-wrap": (with_tensor(dims=(2**32, 2**32, 1, 1)), "tensor 'w': more than 2^63 elements"),
    "elements-wrap-small": (with_tensor(dims=(4, 2**62 + 1)), "tensor 'w': more than 2^63 elements"),
    "bytes-wrap": (with_tensor(dims=(2**62,)), "tensor 'w': more than 2^63 bytes"),
    "row-no-block": (with_tensor(dims=(33, 2), kind=TYPE_Q4_0),
                     "tensor 'w': rows of 33 values are no whole number of the blocks of 32 of Q4_0"),
    "row-no-superblock": (with_tensor(dims=(32, 8), kind=TYPE_Q4_K),
                          "tensor 'w': rows of 32 values are no whole number of the blocks of 256 of Q4_K"),
    # Tensors: types.
    "type-unknown": (with_tensor(kind=43), "tensor 'w': unknown type 43"),
    "type-minus-1": (with_tensor(kind=MAX), f"tensor 'w': unknown type {2**32 - 1}"),
    "type-q4-2": (with_tensor(kind=4), "tensor 'w': type 4 (Q4_2) was removed in 2023: convert again"),
    "type-q4-0-4-4": (with_tensor(kind=31), "tensor 'w': type 31 (Q4_0_4_4) was removed: use Q4_0"),
    "type-iq4-nl-4-4": (with_tensor(kind=36), "tensor 'w': type 36 (IQ4_NL_4_4) was removed: use IQ4_NL"),
    "type-q8-1": (with_tensor(kind=9),
                  "tensor 'w': type 9 (Q8_1) is an activation format, not one of weights"),
    "type-q8-k": (with_tensor(kind=15, dims=(256,)),
                  "tensor 'w': type 15 (Q8_K) is an activation format, not one of weights"),
    # Tensors: places. CVE-2025-53630, CVE-2026-27940: sums wrap; CVE-2026-7482: data beyond the file.
    "offset-odd": (with_tensor(offset=4), "tensor 'w': offset 4 is no multiple of the alignment 32"),
    "offset-beyond": (with_tensor(offset=64), "tensor 'w' ends at byte 208, the file at 192 " + AGAIN),
    "offset-wrap": (with_tensor(offset=2**64 - 32), f"tensor 'w': 16 bytes at offset {2**64 - 32} are beyond any file"),
    "offset-wrap-signed": (with_tensor(offset=2**63 - 32), f"tensor 'w': 16 bytes at offset {2**63 - 32} are beyond any file"),
    "data-short": (gguf([ARCH], [tensor(dims=(16,))], 63), "tensor 'w' ends at byte 192, the file at 191 " + AGAIN),
    "data-missing": (gguf([ARCH], [tensor()]),
                     "it is a header alone, without weights (get the whole file to run the model)"),
    "data-sum-wraps": (gguf([ARCH], [tensor("a", (2**63 - 64,), TYPE_I8),
                                     tensor("b", (2**63 - 64,), TYPE_I8, 2**63 - 64)], 64),
                       f"tensor 'a': {2**63 - 64} bytes at offset 0 are beyond any file"),
    "data-exabytes": (with_tensor(dims=(2**40, 2**20)),
                      f"tensor 'w' ends at byte {2**62 + 128}, the file at 192 " + AGAIN),
    "overlap": (overlapping(32), "tensors 'a' and 'b' overlap"),
    "overlap-same": (overlapping(0), "tensors 'a' and 'b' overlap"),
    "tensor-cut-type": (gguf([ARCH], [tensor()[:-12]]), "the file ends inside tensor 'w' " + AGAIN),
    "tensor-cut-offset": (gguf([ARCH], [tensor(name="long name")[:-1]]),
                          "the file ends inside tensor 'long name' " + AGAIN),
}


def part(number, count=2, total=2, tensors=(), keys=(), name=ARCH):
    """One part of a split set; number from 1."""
    split = [key("split.no", U16, struct.pack("<H", number - 1)),
             key("split.count", U16, struct.pack("<H", count)),
             key("split.tensors.count", I32, u32(total))]
    return gguf(([name] if number == 1 else []) + list(keys) + split, tensors, 16 if tensors else 0)


A, B = [tensor("a")], [tensor("b")]
NAMED = "(give it back the name it had)"
SAME = "(take all parts from the same model)"
SPLIT_AGAIN = "(split the model again)"

# NAME: (files by their ending, the ending that the user names, the ending that the line names, line)
FIRST, SECOND = "-00001-of-00002", "-00002-of-00002"
SETS = {
    "set-missing": ({FIRST: part(1, tensors=A)}, FIRST, SECOND, "part 2 of 2 is missing (download it too)"),
    "set-first-missing": ({SECOND: part(2, tensors=B)}, SECOND, FIRST,
                          "part 1 of 2 is missing (download it too)"),
    "set-cut": ({FIRST: part(1, tensors=A), SECOND: part(2, tensors=B)[:-1]}, FIRST, SECOND,
                "tensor 'b' ends at byte 176, the file at 175 " + AGAIN),
    "set-no-wrong": ({FIRST: part(1, tensors=A), SECOND: part(1, tensors=B)}, FIRST, SECOND,
                     "split.no is 0, by its name it should be 1 " + NAMED),
    "set-count-differs": ({FIRST: part(1, tensors=A), SECOND: part(2, 3, tensors=B)}, FIRST, SECOND,
                          "split.count or split.tensors.count differs from the first part's " + SAME),
    "set-total-differs": ({FIRST: part(1, tensors=A), SECOND: part(2, total=3, tensors=B)}, FIRST, SECOND,
                          "split.count or split.tensors.count differs from the first part's " + SAME),
    "set-total-wrong": ({FIRST: part(1, total=3, tensors=A), SECOND: part(2, total=3, tensors=B)},
                        FIRST, FIRST, "split.tensors.count is 3, but the parts hold 2 tensors " + SAME),
    "set-tensor-twice": ({FIRST: part(1, tensors=A), SECOND: part(2, tensors=A)}, FIRST, FIRST,
                         "tensor 'a' is in two parts " + SAME),
    "set-key-differs": ({FIRST: part(1, tensors=A),
                         SECOND: part(2, tensors=B, keys=[key("general.architecture", STRING, text("gpt2"))])},
                        FIRST, SECOND, "key 'general.architecture' differs from the first part's " + SAME),
    "set-name-lost": ({"": part(1, tensors=A)}, "", "",
                      "it is one of 2 parts by its keys, but its name does not say which "
                      "(rename it to NAME-00001-of-0000N.gguf)"),
    "set-name-other": ({"-00001-of-00003": part(1, tensors=A)}, "-00001-of-00003", "-00001-of-00003",
                       "it is one of 2 parts by its keys, one of 3 by its name " + NAMED),
    "set-count-text": ({FIRST: gguf([ARCH, key("split.count", STRING, text("2"))])}, FIRST, FIRST,
                       "key 'split.count' is of type string, not a whole number " + SPLIT_AGAIN),
    "set-count-negative": ({FIRST: gguf([ARCH, key("split.count", I16, b"\xfe\xff")])}, FIRST, FIRST,
                           "key 'split.count' is -2, out of range " + SPLIT_AGAIN),
    "set-keys-missing": ({FIRST: gguf([ARCH, key("split.count", U16, b"\x02\x00")])}, FIRST, FIRST,
                         "key 'split.no' is missing " + SPLIT_AGAIN),
}


def write(name, content):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(content)


def main():
    for name in os.listdir(HERE):
        if name.endswith((".gguf", ".txt")):
            os.remove(os.path.join(HERE, name))
    for name, (content, line) in CASES.items():
        write(f"{name}.gguf", content)
        write(f"{name}.txt", f"{name}.gguf: {line}\n".encode())
    for name, (files, opened, blamed, line) in SETS.items():
        for ending, content in files.items():
            write(f"{name}{ending}.gguf", content)
        write(f"{name}{opened}.txt", f"{name}{blamed}.gguf: {line}\n".encode())


if __name__ == "__main__":
    main()
