#!/usr/bin/env python3
"""Makes unigram*.gguf and unigram*.jsonl beside itself: two small SentencePiece models and what the
sentencepiece package makes of texts with them (pip install sentencepiece protobuf).

The second has byte tokens, keeps spaces as they are and adds none.
"""
import io
import json
import pathlib
import random
import struct

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

HERE = pathlib.Path(__file__).resolve().parent
RULES = {"\ufb01": "fi", "\xbd": "1/2", "A\u030a": "\xc5", "e\u0301": "\xe9", "e\u0301\u0301": "\xe9",
         "\t": " ", "\n": " ", "\u3000": " ", "\u2026": "...", "\u200b": "", "\ufdfa": "\u0635\u0644\u0649 \u0627"}
WORDS = """the quick brown fox jumps over lazy dog once upon a time there was little girl who loved to play
in park with her friend and they saw big tree fire 1/2 Åse café ... it is nice day said mom we can go home now
日本 世界 東京 今日 天気 мир привет кот ёж aaaa aaaaaaaa bbbb abab""".split()
TYPES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6}  # of sentencepiece and of GGUF are the same


def train(**settings):
    chooser = random.Random(1)
    words = WORDS + [a + b for a in WORDS for b in ("s", "ing", "ed", "er", "ly")]
    lines = [" ".join(chooser.choices(words, k=chooser.randint(2, 9))) for _ in range(4000)]
    rules = HERE / "rules.tsv"
    rules.write_text("".join(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n"
                             for a, b in RULES.items()))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="unigram", character_coverage=1.0,
        normalization_rule_tsv=str(rules), pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1,
        minloglevel=2, hard_vocab_limit=False, **settings)
    rules.unlink()
    return model.getvalue()


def text(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def key(name, kind, payload):
    return text("tokenizer.ggml." + name if "." not in name else name) + struct.pack("<I", kind) + payload


def array(name, kind, count, payload):
    return key(name, 9, struct.pack("<IQ", kind, count) + payload)


def gguf(model):
    spec = sentencepiece_model_pb2.ModelProto.FromString(model)
    pieces, rules = spec.pieces, spec.normalizer_spec
    keys = [
        key("general.architecture", 8, text("t5")),
        key("model", 8, text("t5")),
        array("tokens", 8, len(pieces), b"".join(text(p.piece) for p in pieces)),
        array("scores", 6, len(pieces), struct.pack(f"<{len(pieces)}f", *(p.score for p in pieces))),
        array("token_type", 5, len(pieces), struct.pack(f"<{len(pieces)}i", *(TYPES[p.type] for p in pieces))),
        array("precompiled_charsmap", 0, len(rules.precompiled_charsmap), rules.precompiled_charsmap),
        key("add_space_prefix", 7, bytes([rules.add_dummy_prefix])),
        key("remove_extra_whitespaces", 7, bytes([rules.remove_extra_whitespaces])),
    ]
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(keys)) + b"".join(keys)


def texts():
    fixed = ["", " ", "  ", "the", " the", "the ", "  the   quick  ", "a\tb\nc", "\ufb01re \xbd A\u030a e\u0301 e\u0301\u0301 \u2026",
             "a\u200bb",
             "\u200b", "\ufdfa", "🙂", "🙂🙂 x🙂", "xyz🙂日本", "日本世界", "a▁b", "▁", "\u3000全角\u3000", "aaaaaaaaaaaaaaaaa",
             "ababab", "привет, мир!", "THE QUICK", "it's", "</s> <unk> <pad>"]
    chooser = random.Random(2)
    parts = WORDS + list("abcdeйあ🙂½é…▁ \t") + ["  ", "\ufb01", "\u200b", "e\u0301"]
    return fixed + ["".join(chooser.choices(parts, k=chooser.randint(1, 14))) for _ in range(400)]


def write(name, model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    (HERE / f"{name}.gguf").write_bytes(gguf(model))
    with open(HERE / f"{name}.jsonl", "w") as out:
        for case in texts():
            ids = processor.encode(case)
            row = {"text": case, "add_special": False, "parse_special": False, "ids": ids}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


write("unigram", train(vocab_size=150))
write("unigram_bytes", train(vocab_size=400, byte_fallback=True, add_dummy_prefix=False, remove_extra_whitespaces=False))
