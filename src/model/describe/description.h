// A description in the making: what is known of the file while its layers are read.
#pragma once
#include "model/describe/reader.h"

namespace straddle::model {

struct Description {
  Reader read;
  const Architecture& row;
  Blueprint blueprint = {};
  uint32_t context = 0;  // configured
  uint32_t layers = 0;
  std::vector<uint32_t> heads = {}, kv_heads = {}, feed_widths = {};  // per layer
  uint32_t key_size = 0, value_size = 0, experts = 0, experts_used = 0, window = 0;
  std::vector<bool> sliding = {};
  std::optional<uint32_t> rope = {}, rope_sliding = {};
  double latent_scale = 1;  // yarn's share of the attention scale (latent attention)

  bool slides(uint32_t layer) const { return layer < sliding.size() && sliding[layer]; }
  uint32_t add_cache(CacheShape shape);
  // What a sequence's state takes follows from the key.
  uint32_t add_state(std::string_view key, uint64_t floats);
};

// layers.cpp
Layer read_layer(Description& d, uint32_t index);
void read_layer_inputs(Description& d);

// One per kind of mixer and feed-forward.
Mixer read_attention(Description& d, uint32_t layer);  // attention.cpp
Mixer read_latent_attention(Description& d, uint32_t layer);
Mixer read_short_convolution(Description& d, uint32_t layer);  // recurrent.cpp
Mixer read_mamba(Description& d, uint32_t layer);
Mixer read_delta_net(Description& d, uint32_t layer);
Mixer read_rwkv_time(Description& d, uint32_t layer);
Feed read_rwkv_channel(Description& d, uint32_t layer);
Feed read_feed(Description& d, uint32_t layer);  // feed.cpp

}  // namespace straddle::model
