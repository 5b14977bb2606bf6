#!/usr/bin/env python3
"""Hostile files too large to keep: shapes that agree with their keys, and whose products no memory holds.

Usage: sparse.py STRADDLE. Makes each file in a temporary folder (of terabytes at most, of kilobytes on disk),
and holds `run` and `logits` on both devices to the one line beside it: exit 1, within a second of work.
"""
import os
import resource
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from make import F32, I32, STRING, U32, array, gguf, key, tensor, text, u32

BYTES = {"F32": (0, 4), "F16": (1, 2)}
WIDTH, WORDS = 32, 32


def count(name, value):
    return key(name, U32, u32(value))


def real(name, value):
    return key(name, F32, struct.pack("<f", value))


def vocabulary():
    words = [b"<unk>", b"<s>", b"</s>"] + [bytes([ord("a") + i % 26, ord("0") + i // 26]) for i in range(WORDS - 3)]
    listed = b"".join(text(word.decode()) for word in words)
    return [
        key("tokenizer.ggml.model", STRING, text("llama")),
        array("tokenizer.ggml.tokens", STRING, WORDS, listed),
        array("tokenizer.ggml.scores", F32, WORDS, struct.pack(f"<{WORDS}f", *range(WORDS))),
        array("tokenizer.ggml.token_type", I32, WORDS, struct.pack(f"<{WORDS}i", 2, 3, 3, *[1] * (WORDS - 3))),
    ]


def write(path, architecture, width, counts, shapes):
    """shapes: name -> dimensions, F16 where there is more than one."""
    keys = [key("general.architecture", STRING, text(architecture)), *vocabulary()]
    basic = {"context_length": 64, "embedding_length": width, "block_count": 1, "feed_forward_length": 32}
    keys += [count(f"{architecture}.{name}", value) for name, value in {**basic, **counts}.items()]
    keys += [real(f"{architecture}.attention.layer_norm_{kind}epsilon", 1e-5) for kind in ("", "rms_")]
    norms = ("token_embd_norm", "output_norm", "blk.0.attn_norm", "blk.0.attn_norm_2", "blk.0.ffn_norm",
             "blk.0.post_attention_norm")
    ends = {"token_embd.weight": (width, WORDS), "output.weight": (width, WORDS),
            **{f"{name}.weight": (width,) for name in norms}}
    listed, offset = [], 0
    for name, dims in {**ends, **shapes}.items():
        kind, size = BYTES["F32" if len(dims) == 1 else "F16"]
        listed.append(tensor(name, dims, kind, offset))
        for n in dims:
            size *= n
        offset += (size + 31) // 32 * 32
    header = gguf(keys, listed)
    with open(path, "wb") as out:
        out.write(header)
        out.truncate((len(header) + 31) // 32 * 32 + offset)


def layer(shapes):
    return {f"blk.0.{name}" if name in ("ssm_a", "ssm_d", "ssm_dt.bias") else f"blk.0.{name}.weight": dims
            for name, dims in shapes.items()}


DELTA = {"attn_qkv": (WIDTH, 3 * 65536), "attn_gate": (WIDTH, 65536), "ssm_beta": (WIDTH, 1), "ssm_alpha": (WIDTH, 1),
         "ssm_dt.bias": (1,), "ssm_a": (1,), "ssm_conv1d": (4, 3 * 65536), "ssm_norm": (65536,),
         "ssm_out": (65536, WIDTH)}
WIDE = 65536
RWKV = {"time_mix_ln": (WIDE,), "time_mix_lerp_fused": (WIDE, 6),
        **{f"time_mix_{n}": (WIDE, WIDE) for n in ("receptance", "key", "value", "output")},
        **{f"time_mix_{n}1": (WIDE, 1) for n in "wag"}, **{f"time_mix_{n}2": (1, WIDE) for n in "wag"},
        **{f"time_mix_{n}": (WIDE,) for n in ("w0", "a0", "k_k", "k_a", "r_k")}}

# NAME: (architecture, width, counts, tensors of the layer, line)
CASES = {
    "latent-heads-by-rank": (
        "deepseek2", WIDTH,
        {"attention.head_count": 65536, "attention.kv_lora_rank": 65536, "rope.dimension_count": 2,
         "attention.key_length_mla": 3, "attention.value_length_mla": 1},
        {"attn_q": (WIDTH, 3 * 65536), "attn_kv_a_mqa": (WIDTH, 65538), "attn_kv_a_norm": (65536,),
         "attn_output": (65536, WIDTH), "attn_k_b": (1, 65536, 65536), "attn_v_b": (65536, 1, 65536)},
        "blk.0.attn_k_b.weight: 65536 x 65538 values for a token are more than 16777216"),
    "gated-heads-by-size": (
        "qwen35", WIDTH,
        {"attention.head_count": 65536, "attention.head_count_kv": 1, "attention.key_length": 32768,
         "attention.value_length": 1, "full_attention_interval": 1},
        {"attn_q": (WIDTH, 2**32)},
        "blk.0.attn_q.weight: 4294967296 values for a token are more than 16777216"),
    "kv-heads-by-size": (
        "llama", WIDTH,
        {"attention.head_count": 65536, "attention.head_count_kv": 65536, "attention.key_length": 2,
         "attention.value_length": 65536},
        {"attn_q": (WIDTH, 2 * 65536), "attn_k": (WIDTH, 2 * 65536), "attn_v": (WIDTH, 2**32)},
        "blk.0.attn_v.weight: 4294967296 values for a token are more than 16777216"),
    "experts-by-rows": (
        "llama", WIDTH, {"attention.head_count": 4, "expert_count": 512, "expert_used_count": 512},
        {"attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH),
         "attn_output": (WIDTH, WIDTH), "ffn_gate_inp": (WIDTH, 512),
         "ffn_gate_exps": (WIDTH, 2**23, 512), "ffn_down_exps": (2**23, WIDTH, 512)},
        "blk.0.ffn_gate_exps.weight: 512 x 8388608 values for a token are more than 16777216"),
    "mamba-state": (
        "mamba", WIDTH,
        {"ssm.inner_size": 2**20, "ssm.time_step_rank": 1, "ssm.state_size": 4096, "ssm.conv_kernel": 4},
        {"ssm_in": (WIDTH, 2**21), "ssm_conv1d": (4, 2**20), "ssm_x": (2**20, 8193), "ssm_dt": (1, 2**20),
         "ssm_a": (4096, 2**20), "ssm_d": (2**20,), "ssm_out": (2**20, WIDTH)},
        "mamba.ssm.state_size: a state of 4294967296 values is more than 1073741824"),
    "delta-state": (
        "qwen3next", WIDTH,
        {"attention.head_count": 4, "ssm.group_count": 1, "ssm.time_step_rank": 1, "ssm.state_size": 65536,
         "ssm.conv_kernel": 4},
        DELTA,
        "qwen3next.ssm.state_size: a state of 4294967296 values is more than 1073741824"),
    "rwkv-state": (
        "rwkv7", WIDE, {"attention.head_count": 0, "wkv.head_size": WIDE}, RWKV,
        "rwkv7.wkv.head_size: a state of 4294967296 values is more than 1073741824"),
}


def work_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def attempt(words, line):
    before = work_of_children()
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if done.returncode == 1 and done.stderr == line and not done.stdout and work_of_children() - before < 1:
        return True
    print(f"{' '.join(words)}: exit {done.returncode}, {work_of_children() - before:.1f} s\n{done.stdout}{done.stderr}"
          f"expected:\n{line}")
    return False


def main():
    straddle, fine = sys.argv[1], True
    with tempfile.TemporaryDirectory() as folder:
        for name, (architecture, width, counts, shapes, line) in CASES.items():
            path = os.path.join(folder, f"{name}.gguf")
            try:
                write(path, architecture, width, counts, layer(shapes))
            except OSError as error:
                print(f"{name}: not tried, this file system has no room for it: {error}")
                continue
            for words in ([straddle, "run", path, "--raw", "x"], [straddle, "logits", path, "--tokens", "1,2"],
                          [straddle, "logits", path, "--tokens", "1", "--device", "reference"]):
                fine &= attempt(words, f"Error: {path}: {line}\n")
            os.remove(path)
    print("refused:" if fine else "NOT all refused:", ", ".join(CASES))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
