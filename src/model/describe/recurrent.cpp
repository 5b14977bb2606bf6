// Recurrent parts as files store them. Tensors of convolutions are {width, columns}.
#include "model/describe/description.h"

namespace straddle::model {

constexpr uint64_t kLimit = 1u << 20;

Mixer read_short_convolution(Description& d, uint32_t) {
  const uint32_t width = d.blueprint.width;
  ShortConvolution part;
  part.width = d.read.count("shortconv.l_cache", 64);
  if (part.width == 0) d.read.refuse("shortconv.l_cache", "is 0");
  const Linear all = d.read.linear("shortconv.in_proj", width, 3 * uint64_t(width));
  part.before = rows_of(all, 0, width);
  part.after = rows_of(all, width, width);
  part.in = rows_of(all, 2 * uint64_t(width), width);
  part.taps = d.read.matrix("shortconv.conv.weight", part.width, width);
  part.out = d.read.linear("shortconv.out_proj", width, width);
  part.state = d.add_state("shortconv.l_cache", uint64_t(width) * (part.width - 1));
  return part;
}

Mixer read_mamba(Description& d, uint32_t) {
  Reader& read = d.read;
  const uint32_t width = d.blueprint.width;
  Mamba part;
  part.inner = read.count("ssm.inner_size", kLimit);
  part.rank = read.count("ssm.time_step_rank", kLimit);
  part.states = read.count("ssm.state_size", kLimit);
  part.width = read.count("ssm.conv_kernel", 64);
  part.norms = read.flag("ssm.dt_b_c_rms", false);
  if (part.inner == 0 || part.rank == 0 || part.states == 0 || part.width == 0)
    read.refuse("ssm", "a size is 0");
  part.in = read.linear("ssm_in", width, 2 * uint64_t(part.inner));
  part.taps = read.matrix("ssm_conv1d.weight", part.width, part.inner);
  part.taps_bias = read.vector_if("ssm_conv1d.bias", part.inner);
  part.x = read.linear("ssm_x", part.inner, uint64_t(part.rank) + 2 * uint64_t(part.states));
  part.dt = read.linear("ssm_dt", part.rank, part.inner);
  part.a = read.matrix("ssm_a", part.states, part.inner);
  part.d = read.vector("ssm_d", part.inner);
  part.out = read.linear("ssm_out", part.inner, width);
  part.conv_state = d.add_state("ssm.conv_kernel", uint64_t(part.inner) * (part.width - 1));
  part.scan_state = d.add_state("ssm.state_size", uint64_t(part.inner) * part.states);
  return part;
}

Mixer read_delta_net(Description& d, uint32_t) {
  Reader& read = d.read;
  const uint32_t width = d.blueprint.width;
  DeltaNet part;
  part.key_heads = read.count("ssm.group_count", kLimit);
  part.value_heads = read.count("ssm.time_step_rank", kLimit);
  part.head_size = read.count("ssm.state_size", kLimit);
  part.width = read.count("ssm.conv_kernel", 64);
  if (part.key_heads == 0 || part.value_heads % part.key_heads != 0 || part.head_size == 0 ||
      part.width == 0) {
    read.refuse("ssm.time_step_rank", "value heads do not fit the key heads");
    return part;
  }
  part.interleaved = d.row.interleaved_value_heads;
  const uint64_t keys = uint64_t(part.key_heads) * part.head_size,
                 values = uint64_t(part.value_heads) * part.head_size;
  const Linear qkv = read.linear("attn_qkv", width, 2 * keys + values);
  part.q = rows_of(qkv, 0, keys);
  part.k = rows_of(qkv, keys, keys);
  part.v = rows_of(qkv, 2 * keys, values);
  part.gate = read.linear("attn_gate", width, values);
  if (read.has("ssm_ba.weight")) {
    part.beta_alpha = read.linear("ssm_ba", width, 2 * uint64_t(part.value_heads));
  } else {
    part.beta = read.linear("ssm_beta", width, part.value_heads);
    part.alpha = read.linear("ssm_alpha", width, part.value_heads);
  }
  part.dt_bias = read.vector("ssm_dt.bias", part.value_heads);
  part.a = read.vector("ssm_a", part.value_heads);
  const TensorRef taps = read.matrix("ssm_conv1d.weight", part.width, 2 * keys + values);
  part.q_taps = rows_of(taps, 0, keys);
  part.k_taps = rows_of(taps, keys, keys);
  part.v_taps = rows_of(taps, 2 * keys, values);
  part.norm = read.norm("ssm_norm", part.head_size);
  part.out = read.linear("ssm_out", values, width);
  const auto convolved = [&](uint64_t columns) {
    return d.add_state("ssm.conv_kernel", columns * (part.width - 1));
  };
  part.q_state = convolved(keys);
  part.k_state = convolved(keys);
  part.v_state = convolved(values);
  part.scan_state = d.add_state("ssm.state_size", values * part.head_size);
  return part;
}

namespace {

// A low-rank pair NAME1 {width, r} and NAME2 {r, width}.
void read_low_rank(Reader& read, const std::string& name, uint32_t width, Linear& first,
                   Linear& second) {
  const uint64_t rank = read.dimension(name + "1.weight", 1);
  first = read.linear(name + "1", width, rank);
  second = read.linear(name + "2", rank, width);
}

}  // namespace

Mixer read_rwkv_time(Description& d, uint32_t layer) {
  Reader& read = d.read;
  const uint32_t width = d.blueprint.width;
  RwkvTime part;
  part.head_size = read.count("wkv.head_size", kLimit);
  if (part.head_size == 0 || width % part.head_size != 0) {
    read.refuse("wkv.head_size", "does not divide the width");
    return part;
  }
  part.first = layer == 0;
  part.receptance = read.linear("time_mix_receptance", width, width);
  part.key = read.linear("time_mix_key", width, width);
  part.value = read.linear("time_mix_value", width, width);
  part.out = read.linear("time_mix_output", width, width);
  read_low_rank(read, "time_mix_w", width, part.w1, part.w2);
  read_low_rank(read, "time_mix_a", width, part.a1, part.a2);
  read_low_rank(read, "time_mix_g", width, part.g1, part.g2);
  part.w0 = read.vector("time_mix_w0.weight", width);
  part.a0 = read.vector("time_mix_a0.weight", width);
  if (!part.first) {
    read_low_rank(read, "time_mix_v", width, part.v1, part.v2);
    part.v0 = read.vector("time_mix_v0.weight", width);
  }
  part.lerp = read.vectors("time_mix_lerp_fused.weight", width, 6);  // r, w, k, v, a, g
  part.k_k = read.vector("time_mix_k_k.weight", width);
  part.k_a = read.vector("time_mix_k_a.weight", width);
  part.r_k = read.vector("time_mix_r_k.weight", width);
  part.norm = read.norm("time_mix_ln", width);
  part.shift_state = d.add_state("embedding_length", width);
  part.scan_state = d.add_state("wkv.head_size", uint64_t(width) * part.head_size);
  return part;
}

Feed read_rwkv_channel(Description& d, uint32_t layer) {
  const uint32_t width = d.blueprint.width, hidden = d.feed_widths[layer];
  RwkvChannel part;
  part.key = d.read.linear("channel_mix_key", width, hidden);
  part.value = d.read.linear("channel_mix_value", hidden, width);
  part.lerp = d.read.vector("channel_mix_lerp_k.weight", width);
  part.shift_state = d.add_state("embedding_length", width);
  return part;
}

}  // namespace straddle::model
