// The rules of a mix: which tensors of a file get more bits than the rest.
#pragma once
#include "store/store.h"

namespace straddle::store {

// What a tensor does, as far as rules care.
enum class Role : uint8_t {
  other,
  embedding,    // token_embd, per_layer_token_embd
  output,       // output; where there is none, what embeds
  keys,         // attn_k
  values,       // attn_v, and the fused attn_qkv and attn_kv_b
  attn_output,  // attn_output
  ffn_down,     // ffn_down and its forms for experts
};

// When a rule holds. Places count from 0: `at` of `of`, see Site.
enum class When : uint8_t {
  always,
  more_bits,        // the first and last eighth, and every third in between
  first_2,          // at < 2
  first_4,          // at < 4
  first_sixteenth,  // at < of / 16
  first_eighth,     // at < of / 8
  grouped_4,        // four or more heads share keys and values
  eight_experts,
  stacked,  // the matrices of all experts in one tensor
};

struct MixRule {
  Role role;
  When when;
  quant::Format format;
};

// A tensor seen by the rules. `at` of `of`: for `values` its place among the tensors of that role,
// for all others its layer.
struct Site {
  Role role = Role::other;
  uint64_t at = 0, of = 0;
  uint64_t columns = 0, matrices = 1;
};

}  // namespace straddle::store
