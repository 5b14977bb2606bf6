#!/usr/bin/env python3
"""Makes small/: a tiny random model for every kind of part that a Blueprint knows, with the answers of a
float64 forward pass. Matrices are F16, all else F32; what a file holds is the truth, so nothing is lost.

usage: make_small.py FORWARD [NAME ...]     FORWARD: forward_float64.py of the full golden set (needs numpy)

A model is a list of parts; a part adds its tensors. To add one: a row of MODELS, and make it.
"""
import importlib.util
import json
import pathlib
import struct
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent / "small"
WIDTH, CONTEXT = 32, 512
TOKENS = 70  # past the first page of 64 keys
CLOSEST = 2e-4  # of a chosen and a rejected expert: float32 must not turn the choice
VOCABULARY = ["<unk>", "<s>", "</s>", "\u2581", *"abcdefghijklmnopqrstuvwxyz", *".,:?!", *"GINOT"]
U32, F32, BOOL, TEXT, LIST = 4, 6, 7, 8, 9


class Model:
    """Keys and tensors; `prefix` stands before the names of tensors while a layer is made."""

    def __init__(self, architecture, seed):
        self.architecture, self.random = architecture, np.random.default_rng(seed)
        self.keys, self.tensors, self.prefix = {"general.architecture": architecture}, {}, ""
        self.keys["tokenizer.ggml.model"] = "llama"
        self.keys["tokenizer.ggml.tokens"] = VOCABULARY
        self.keys["tokenizer.ggml.scores"] = [-float(i) for i in range(len(VOCABULARY))]
        self.keys["tokenizer.ggml.token_type"] = [2, 3, 3] + [1] * (len(VOCABULARY) - 3)
        self.keys["tokenizer.ggml.bos_token_id"] = 1
        self.keys["tokenizer.ggml.eos_token_id"] = 2

    def set(self, **keys):
        for name, value in keys.items():
            self.keys["%s.%s" % (self.architecture, name.replace("__", "."))] = value

    def add(self, name, values, half=False):
        self.tensors[self.prefix + name] = values.astype(np.float16 if half else np.float32)

    def floats(self, name, *shape, mean=0.0, spread=0.3):
        self.add(name, mean + spread * self.random.standard_normal(shape))

    def norm(self, name, size=WIDTH, bias=False, mean=1.0):
        self.floats(name + ".weight", size, mean=mean, spread=0.25)
        if bias:
            self.floats(name + ".bias", size, spread=0.2)

    def linear(self, name, rows, columns=WIDTH, bias=False, gain=1.4, matrices=()):
        """Rows of outputs; `matrices` of them where experts or heads have their own."""
        values = self.random.standard_normal((*matrices, rows, columns)) * gain / np.sqrt(columns)
        self.add(name + ".weight", values, half=True)
        if bias:
            self.floats(name + ".bias", *matrices, rows)


# ---- parts: each is a function of the model, for the layer that the model's prefix names

def norms(*names, bias=False, mean=1.0):
    return lambda m: [m.norm(name, bias=bias, mean=mean) for name in names]


def attention(heads, kv, size, bias="", fused=False, head_norms=None, gated=False, sinks=False, values=True):
    def add(m):
        if fused:
            m.linear("attn_qkv", (heads + 2 * kv) * size, bias="qkv" in bias)
        else:
            m.linear("attn_q", heads * size * (2 if gated else 1), bias="q" in bias)
            if kv:
                m.linear("attn_k", kv * size, bias="k" in bias)
            if kv and values:
                m.linear("attn_v", kv * size, bias="v" in bias)
        m.linear("attn_output", WIDTH, heads * size, bias="o" in bias)
        wholes = {"head": (size, size), "whole": (heads * size, kv * size)}
        if head_norms == "apart":
            m.floats("attn_q_norm.weight", heads, size, mean=1.3)
            m.floats("attn_k_norm.weight", kv, size, mean=1.3)
        elif head_norms:
            m.norm("attn_q_norm", wholes[head_norms][0], mean=1.2)
            if kv:
                m.norm("attn_k_norm", wholes[head_norms][1], mean=1.2)
        if sinks:
            m.floats("attn_sinks.weight", heads, mean=-1, spread=1.5)
    return add


def latent(heads, rank, rotated, plain, value, q_rank=0, split=True):
    def add(m):
        if q_rank:
            m.linear("attn_q_a", q_rank)
            m.norm("attn_q_a_norm", q_rank)
        m.linear("attn_q_b" if q_rank else "attn_q", heads * (plain + rotated), q_rank or WIDTH)
        m.linear("attn_kv_a_mqa", rank + rotated)
        m.norm("attn_kv_a_norm", rank)
        if split:
            m.linear("attn_k_b", rank, plain, matrices=(heads,))
            m.linear("attn_v_b", value, rank, matrices=(heads,))
        else:
            m.linear("attn_kv_b", heads * (plain + value), rank)
        m.linear("attn_output", WIDTH, heads * value)
    return add


def delta(key_heads, value_heads, size, together):
    def add(m):
        keys, values = key_heads * size, value_heads * size
        m.linear("attn_qkv", 2 * keys + values)
        m.linear("attn_gate", values)
        m.floats("ssm_conv1d.weight", 2 * keys + values, 4, spread=0.6)
        m.floats("ssm_dt.bias", value_heads, mean=-1)
        m.floats("ssm_a", value_heads, mean=-1.2)
        if together:
            m.linear("ssm_ba", 2 * value_heads)
        else:
            m.linear("ssm_beta", value_heads)
            m.linear("ssm_alpha", value_heads)
        m.norm("ssm_norm", size)
        m.linear("ssm_out", WIDTH, values, gain=2)
    return add


def mamba(inner, states, rank):
    def add(m):
        m.linear("ssm_in", 2 * inner)
        m.floats("ssm_conv1d.weight", inner, 4, spread=0.6)
        m.floats("ssm_conv1d.bias", inner)
        m.linear("ssm_x", rank + 2 * states, inner, gain=2)
        m.linear("ssm_dt", inner, rank, bias=True)
        m.add("ssm_a", -np.exp(0.7 * m.random.standard_normal((inner, states))))
        m.floats("ssm_d", inner, mean=1)
        m.linear("ssm_out", WIDTH, inner)
    return add


def short_convolution(m):
    m.floats("shortconv.conv.weight", WIDTH, 3, spread=0.6)
    m.linear("shortconv.in_proj", 3 * WIDTH)
    m.linear("shortconv.out_proj", WIDTH)


def rwkv(first):
    def add(m):
        for name, rank in (("w", 4), ("a", 4), ("v", 3), ("g", 6)):
            if name != "v" or not first:
                m.linear("time_mix_%s1" % name, rank)
                m.linear("time_mix_%s2" % name, WIDTH, rank)
        for name in ("w0", "a0") if first else ("w0", "a0", "v0"):
            m.floats("time_mix_%s.weight" % name, WIDTH, spread=0.8)
        m.add("time_mix_lerp_fused.weight", m.random.random((6, 1, 1, WIDTH)))
        m.add("channel_mix_lerp_k.weight", m.random.random((1, 1, WIDTH)))
        m.floats("time_mix_k_k.weight", WIDTH, mean=0.9, spread=0.2)
        m.floats("time_mix_k_a.weight", WIDTH, mean=1, spread=0.2)
        m.floats("time_mix_r_k.weight", WIDTH)
        for name in ("key", "value", "receptance", "output"):
            m.linear("time_mix_" + name, WIDTH)
        m.norm("time_mix_ln", bias=True)
        m.linear("channel_mix_key", 40)
        m.linear("channel_mix_value", WIDTH, 40)
    return add


def dense(width=40, gate=True, bias=False, fused=False, end=""):
    def add(m):
        if gate and not fused:
            m.linear("ffn_gate" + end, width, bias=bias)
        m.linear("ffn_up" + end, width * (2 if fused else 1), bias=bias)
        m.linear("ffn_down" + end, WIDTH, width, bias=bias, gain=2)
    return add


def experts(count, width, bias=False, selection=False, fused=False):
    def add(m):
        m.linear("ffn_gate_inp", count, bias=bias, gain=2)
        if fused:
            m.linear("ffn_gate_up_exps", 2 * width, matrices=(count,))
        else:
            m.linear("ffn_gate_exps", width, matrices=(count,), bias=bias)
            m.linear("ffn_up_exps", width, matrices=(count,), bias=bias)
        m.linear("ffn_down_exps", WIDTH, width, matrices=(count,), bias=bias, gain=3)
        if selection:
            m.floats("exp_probs_b.bias", count, spread=0.1)
    return add


def shared(width, gate=False):
    def add(m):
        dense(width, end="_shexp")(m)
        if gate:
            m.floats("ffn_gate_inp_shexp.weight", WIDTH, spread=0.2)
    return add


def layer_input(width):
    def add(m):
        m.linear("inp_gate", width)
        m.linear("proj", WIDTH, width)
        m.norm("post_norm")
    return add


def scaled(name, size, mean=1.0):
    return lambda m: m.floats(name, size, mean=mean, spread=0.25)


# ---- whole models

class Kind:
    """A row of MODELS: `layers` is a list of lists of parts; `ends` stand around them."""

    def __init__(self, architecture, layers, ends, keys, context=512, tokens=TOKENS):
        self.architecture, self.layers, self.ends, self.keys = architecture, layers, ends, keys
        self.context, self.tokens = context, tokens

    def make(self, seed):
        m = Model(self.architecture, seed)
        m.set(context_length=self.context, embedding_length=WIDTH, block_count=len(self.layers),
              vocab_size=len(VOCABULARY))
        m.set(**self.keys)
        m.linear("token_embd", len(VOCABULARY), gain=3)
        for part in self.ends:
            part(m)
        for i, layer in enumerate(self.layers):
            m.prefix = "blk.%d." % i
            for part in layer:
                part(m)
        m.prefix = ""
        return m


def output(bias=False):
    return lambda m: m.linear("output", len(VOCABULARY), bias=bias, gain=2.5)


def heads(count, kv, **more):
    return {"attention__head_count": count, "attention__head_count_kv": kv, **more}


RMS = {"attention__layer_norm_rms_epsilon": 2e-3, "feed_forward_length": 40}
LAYER = {"attention__layer_norm_epsilon": 3e-3, "feed_forward_length": 40}
TWO_NORMS = norms("attn_norm", "ffn_norm")
FOUR_NORMS = norms("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
DELTA_KEYS = {"ssm__conv_kernel": 4, "ssm__inner_size": 32, "ssm__state_size": 8, "ssm__time_step_rank": 4,
              "ssm__group_count": 2, "full_attention_interval": 2, "rope__freq_base": 1e5,
              "rope__dimension_count": 4, "attention__key_length": 8, "attention__value_length": 8}
EXPERT_KEYS = {"expert_count": 6, "expert_used_count": 2, "expert_feed_forward_length": 8}
# With what is added where it is used, the ramp has a pair in its middle.
YARN = {"rope__scaling__type": "yarn", "rope__scaling__original_context_length": 64}


def llama(bias="", extra=(), out=True, feed=None, **keys):
    layer = [TWO_NORMS, attention(4, 2, 8, bias=bias), feed or dense(bias=bool(bias))]
    return Kind("llama", [layer] * 2, [norms("output_norm"), *extra] + [output()] * out,
                {**RMS, **heads(4, 2), "rope__dimension_count": 8, **keys})


def with_biases(architecture, bias_of_norms, parts, ends, keys):
    return Kind(architecture, [[norms("attn_norm", bias=bias_of_norms), *parts]] * 2,
                [norms("output_norm", bias=bias_of_norms), *ends], {**LAYER, **keys})


def deepseek(experts_part, q_rank=0, split=True, kv=1, **keys):
    mixer = latent(2, rank=12, rotated=8, plain=8, value=8, q_rank=q_rank, split=split)
    sizes = ({"attention__key_length": 20, "attention__value_length": 12, "attention__key_length_mla": 16,
              "attention__value_length_mla": 8} if split else
             {"attention__key_length": 16, "attention__value_length": 8})
    ranks = {"attention__q_lora_rank": q_rank} if q_rank else {}
    return Kind("deepseek2", [[TWO_NORMS, mixer, dense()], [TWO_NORMS, mixer, *experts_part]],
                [norms("output_norm"), output()],
                {**RMS, **heads(2, kv), **sizes, **ranks, **YARN, "attention__kv_lora_rank": 12,
                 "rope__dimension_count": 8, "leading_dense_block_count": 1, "expert_shared_count": 1,
                 "expert_weights_scale": 1.0, "rope__scaling__factor": 8.0,
                 "rope__scaling__yarn_log_multiplier": 0.0707, **EXPERT_KEYS, **keys}, context=2048)


def delta_net(architecture, together, feed):
    post = norms("attn_norm", "post_attention_norm")
    layers = [[post, delta(2, 4, 8, together), *feed],
              [post, attention(4, 2, 8, head_norms="head", gated=True), *feed]]
    return Kind(architecture, layers, [norms("output_norm"), output()],
                {**RMS, **heads(4, 2), **DELTA_KEYS, **EXPERT_KEYS})


def gemma4(experts_too):
    """Two sliding layers and a full one, whose heads are larger; then two that borrow keys, or experts."""
    feed = [dense(24)]
    if experts_too:
        feed += [norms("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"),
                 scaled("ffn_gate_inp.scale", WIDTH, 6), scaled("ffn_down_exps.scale", 6)]
    common = [FOUR_NORMS, lambda m: m.add("layer_output_scale.weight", np.array([0.8])), *feed]
    common += [] if experts_too else [layer_input(4)]
    ex = [[experts(6, 8, fused=fused)] if experts_too else [] for fused in (True, False)]

    def slides(kv, i):
        return [*common, attention(4, kv, 8, head_norms="head"), *ex[i]]

    def sees_all(kv):
        return [*common, attention(4, kv, 16, head_norms="head", values=not experts_too), *ex[0]]
    layers = [slides(2, 0), slides(2, 1), sees_all(1)]
    if not experts_too:
        layers += [slides(0, 0), sees_all(0)]
    pattern = [True, True, False, True, False][:len(layers)]

    def ends(m):
        m.norm("output_norm")
        m.add("rope_freqs.weight", np.array([1.0] * 3 + [1e30] * 5))
        if not experts_too:
            m.linear("per_layer_token_embd", len(VOCABULARY), 4 * len(layers))
            m.linear("per_layer_model_proj", 4 * len(layers))
            m.norm("per_layer_proj_norm", 4)
    return Kind("gemma4", layers, [ends], {
        **RMS, "feed_forward_length": 24, "attention__head_count": 4,
        "attention__head_count_kv": [2 if slide else 1 for slide in pattern],
        "attention__key_length": 16, "attention__value_length": 16, "attention__key_length_swa": 8,
        "attention__value_length_swa": 8, "rope__dimension_count": 16, "rope__dimension_count_swa": 8,
        "rope__freq_base": 1e6, "rope__freq_base_swa": 1e4, "attention__sliding_window": 8,
        "attention__sliding_window_pattern": pattern, "attention__shared_kv_layers": 0 if experts_too else 2,
        "embedding_length_per_layer_input": 0 if experts_too else 4, "final_logit_softcapping": 12.0,
        **(EXPERT_KEYS if experts_too else {})})


def bert(architecture, fused, feed, ends, **keys):
    after = norms("attn_output_norm", "layer_output_norm", bias=True)
    return Kind(architecture, [[attention(4, 4, 8, bias="" if fused else "qkvo", fused=fused), feed, after]] * 2,
                [norms("token_embd_norm", bias=True), lambda m: m.floats("token_types.weight", 2, WIDTH), *ends],
                {**LAYER, **heads(4, 4), "attention__causal": False, "pooling_type": 1, **keys}, tokens=40)


def mamba_model(norms_too):
    return Kind("mamba", [[norms("attn_norm"), mamba(48, 8, 4)]] * 2, [norms("output_norm")],
                {**RMS, "feed_forward_length": 0, "attention__head_count": 0, "ssm__conv_kernel": 4,
                 "ssm__inner_size": 48, "ssm__state_size": 8, "ssm__time_step_rank": 4,
                 "ssm__dt_b_c_rms": norms_too})


GRANITE = {"logit_scale": 4.0, "residual_scale": 0.4, "embedding_scale": 6.0, "attention__scale": 0.2}
EMBEDDED_POSITIONS = [lambda m: m.floats("position_embd.weight", 72, WIDTH)]

MODELS = {
    "llama-linear": llama(bias="qkvo", rope__scaling__type="linear", rope__scaling__factor=4.0),
    "llama-rope3": llama(extra=[lambda m: m.add("rope_freqs.weight", np.array([1.0, 2.0, 5.0, 8.0]))], out=False,
                         rope__freq_base=5e5),
    "llama-yarn": llama(**YARN, rope__scaling__factor=4.0),
    "mistral3": Kind("mistral3", [[TWO_NORMS, attention(4, 2, 8), dense()]] * 2, [norms("output_norm"), output()],
                     {**RMS, **heads(4, 2), "rope__dimension_count": 8, "rope__freq_base": 1e6,
                      "rope__scaling__type": "yarn", "rope__scaling__factor": 16.0,
                      "rope__scaling__original_context_length": 16, "rope__scaling__yarn_beta_fast": 4.0,
                      "rope__scaling__yarn_beta_slow": 0.03, "rope__scaling__yarn_log_multiplier": 1.0,
                      "attention__temperature_scale": 0.1}),
    "qwen2": Kind("qwen2", [[TWO_NORMS, attention(4, 2, 8, bias="qkv"), dense()]] * 2, [norms("output_norm")],
                  {**RMS, **heads(4, 2), "rope__freq_base": 1e6}),
    "qwen2moe": Kind("qwen2moe",
                     [[TWO_NORMS, attention(4, 2, 8, bias="qkv"), experts(6, 8), shared(16, gate=True)]] * 2,
                     [norms("output_norm"), output()], {**RMS, **heads(4, 2), **EXPERT_KEYS}),
    "qwen3moe": Kind("qwen3moe", [[TWO_NORMS, attention(4, 2, 12, head_norms="head"), experts(6, 8)]] * 2,
                     [norms("output_norm"), output()],
                     {**RMS, **heads(4, 2), **EXPERT_KEYS, "attention__key_length": 12, "attention__value_length": 12}),
    "qwen3next": delta_net("qwen3next", True, [experts(6, 8), shared(16, gate=True)]),
    "qwen35": delta_net("qwen35", False, [dense()]),
    "qwen35moe": delta_net("qwen35moe", False, [experts(6, 8), shared(16, gate=True)]),
    "gemma": Kind("gemma", [[TWO_NORMS, attention(4, 1, 12), dense()]] * 2, [norms("output_norm")],
                  {**RMS, **heads(4, 1), "attention__key_length": 12, "attention__value_length": 12}),
    "gemma3": Kind("gemma3", [[FOUR_NORMS, attention(2, 1, 12, head_norms="head"), dense(24)]] * 6,
                   [norms("output_norm")],
                   {**RMS, **heads(2, 1), "feed_forward_length": 24, "attention__key_length": 12,
                    "attention__value_length": 12, "rope__freq_base": 1e6, "attention__sliding_window": 8,
                    "rope__scaling__type": "linear", "rope__scaling__factor": 8.0}),
    "gemma4": gemma4(False),
    "gemma4-moe": gemma4(True),
    "gpt-oss": Kind("gpt-oss", [[norms("attn_norm", "post_attention_norm"), attention(4, 2, 8, "qkvo", sinks=True),
                                 experts(6, 8, bias=True)]] * 2, [norms("output_norm"), output()],
                    {**RMS, **heads(4, 2), **EXPERT_KEYS, **YARN, "attention__key_length": 8,
                     "attention__value_length": 8, "rope__freq_base": 15e4, "attention__sliding_window": 8,
                     "rope__scaling__factor": 32.0, "rope__scaling__original_context_length": 512}),
    "deepseek2-lite": deepseek([experts(6, 8), shared(8)]),
    "deepseek2-legacy": deepseek([experts(6, 8), shared(8)], q_rank=10, split=False, kv=2, expert_gating_func=1),
    "deepseek2-v3": deepseek([experts(8, 8, selection=True), shared(8)], q_rank=10, expert_count=8,
                             expert_gating_func=2, expert_group_count=4, expert_group_used_count=2,
                             expert_weights_norm=True, expert_weights_scale=2.5,
                             rope__scaling__yarn_log_multiplier=0.1),
    "command-r": with_biases("command-r", False, [attention(4, 2, 8), dense()], [],
                             {**heads(4, 2), "logit_scale": 0.25, "rope__scaling__type": "none"}),
    "falcon": with_biases("falcon", True, [attention(4, 1, 8, fused=True), dense(gate=False)], [], heads(4, 1)),
    "falcon-2norm": with_biases("falcon", True, [norms("attn_norm_2", bias=True), attention(4, 2, 8, fused=True),
                                                 dense(gate=False)], [output()], heads(4, 2)),
    "phi2": with_biases("phi2", True, [attention(4, 4, 8, "qkvo", fused=True), dense(gate=False, bias=True)],
                        [output(bias=True)], {**heads(4, 4), "rope__dimension_count": 4}),
    "gpt2": with_biases("gpt2", True, [norms("ffn_norm", bias=True), attention(4, 4, 8, "qkvo", fused=True),
                                       dense(gate=False, bias=True)], EMBEDDED_POSITIONS,
                        {**heads(4, 4), "context_length": 72}),
    "stablelm": with_biases("stablelm", True, [norms("ffn_norm", bias=True), attention(4, 2, 8, "qkv"), dense()],
                            [output()], {**heads(4, 2), "rope__dimension_count": 4}),
    "stablelm-12b": with_biases("stablelm", True, [attention(4, 2, 8, head_norms="apart"), dense()], [output()],
                                {**heads(4, 2), "rope__dimension_count": 4}),
    "olmo2": Kind("olmo2", [[norms("post_attention_norm", "post_ffw_norm"), attention(4, 2, 8, head_norms="whole"),
                             dense(24)]] * 4, [norms("output_norm"), output()],
                  {**RMS, **heads(4, 2), **YARN, "feed_forward_length": 24, "attention__sliding_window": 8,
                   "rope__freq_base": 5e5, "rope__scaling__factor": 8.0, "rope__scaling__attn_factor": 1.0,
                   "rope__scaling__original_context_length": 512}),
    "glm4": Kind("glm4", [[FOUR_NORMS, attention(4, 2, 8, "qkv"), dense(fused=True)]] * 2,
                 [norms("output_norm"), output()], {**RMS, **heads(4, 2), "rope__dimension_count": 4}),
    "glm4moe": Kind("glm4moe", [[norms("attn_norm", "post_attention_norm"),
                                 attention(4, 2, 12, "qkv", head_norms="head"), *feed]
                                for feed in ([dense()], [experts(6, 8, selection=True), shared(8)])],
                    [norms("output_norm"), output()],
                    {**RMS, **heads(4, 2), **EXPERT_KEYS, "attention__key_length": 12, "attention__value_length": 12,
                     "rope__dimension_count": 6, "leading_dense_block_count": 1, "expert_shared_count": 1,
                     "expert_weights_scale": 1.5, "expert_weights_norm": True, "expert_gating_func": 2}),
    "granite": Kind("granite", [[TWO_NORMS, attention(4, 2, 8), dense()]] * 2, [norms("output_norm"), output()],
                    {**RMS, **heads(4, 2), **GRANITE, "rope__scaling__finetuned": False}),
    "granitemoe": Kind("granitemoe", [[TWO_NORMS, attention(4, 2, 8), experts(6, 8), shared(16)]] * 2,
                       [norms("output_norm"), output()],
                       {**RMS, **heads(4, 2), **GRANITE, **EXPERT_KEYS, "feed_forward_length": 8}),
    "lfm2": Kind("lfm2", [[TWO_NORMS, dense(24), mixer] for mixer in
                          (short_convolution, attention(4, 2, 8, head_norms="head"), short_convolution)],
                 [norms("token_embd_norm")],
                 {**RMS, "feed_forward_length": 24, "attention__head_count": 4,
                  "attention__head_count_kv": [0, 2, 0], "shortconv__l_cache": 3, "rope__freq_base": 1e6}),
    "mamba": mamba_model(False),
    "mamba-norms": mamba_model(True),
    "rwkv7": Kind("rwkv7", [[norms("attn_norm", "attn_norm_2", bias=True), rwkv(first)] for first in (True, False)],
                  [norms("output_norm", "token_embd_norm", bias=True), output()],
                  {"attention__layer_norm_epsilon": 1e-3, "feed_forward_length": 40, "attention__head_count": 0,
                   "wkv__head_size": 16}),
    "bert": bert("bert", False, dense(gate=False, bias=True), EMBEDDED_POSITIONS, context_length=72),
    "nomic-bert": bert("nomic-bert", True, dense(), [], rope__freq_base=1e3),
}


# ---- files

def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def value(v):
    """Type and bytes of a key's value."""
    if isinstance(v, bool):
        return BOOL, struct.pack("<?", v)
    if isinstance(v, int):
        return U32, struct.pack("<I", v)
    if isinstance(v, float):
        return F32, struct.pack("<f", v)
    if isinstance(v, str):
        return TEXT, text(v)
    kinds = [value(item) for item in v]
    return LIST, struct.pack("<IQ", kinds[0][0], len(v)) + b"".join(bytes_ for _, bytes_ in kinds)


def gguf(model):
    head, data = b"", b""
    for name, v in model.keys.items():
        kind, bytes_ = value(v)
        head += text(name) + struct.pack("<I", kind) + bytes_
    for name, values in model.tensors.items():
        shape = values.shape[::-1]
        head += text(name) + struct.pack("<I%dQ" % len(shape), len(shape), *shape)
        head += struct.pack("<IQ", int(values.dtype == np.float16), len(data))
        data += values.tobytes()
        data += bytes(-len(data) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(model.tensors), len(model.keys)) + head
    return head + bytes(-len(head) % 32) + data


def make(name, kind, seed, oracle):
    """Writes the model and its answers; false where two experts lie too close together."""
    path = HERE / (name + ".gguf")
    path.write_bytes(gguf(kind.make(seed)))
    tokens = [1] + np.random.default_rng(seed).integers(3, len(VOCABULARY), kind.tokens - 1).tolist()
    keys, tensors = oracle.read_gguf(path)
    oracle.STAT.clear()
    rows = oracle.forward(keys, tensors, tokens, CONTEXT)
    if oracle.STAT.get("gap", 1) < CLOSEST:
        return False
    rows.astype("<f4").tofile(HERE / (name + ".ref.f32"))
    run = {"n_ctx": CONTEXT, "ref_file": name + ".ref.f32", "shape": rows.shape}
    line = json.dumps({"name": name, "file": path.name, "tokens": tokens, "runs": [run]})
    (HERE / (name + ".json")).write_text(line + "\n")
    print("%-18s %6d bytes, seed %d, spread of results %.2f, closest experts %.1e" %
          (name, path.stat().st_size, seed, rows.std(), oracle.STAT.get("gap", 1)))
    return True


def main():
    spec = importlib.util.spec_from_file_location("oracle", sys.argv[1])
    oracle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracle)
    HERE.mkdir(exist_ok=True)
    for name in sys.argv[2:] or MODELS:
        seed = 1
        while not make(name, MODELS[name], seed, oracle):
            seed += 1


if __name__ == "__main__":
    main()
