#include "testing/mutated_model.h"

#include <algorithm>
#include <cstring>

#include "model/model.h"
#include "testing/grown_model.h"

namespace straddle::testing {
namespace {

using quant::Format;

// What some files have beside the plain architecture: keys and the tensors that make the difference, in
// every layer.
struct Kind {
  const char* architecture;
  std::vector<std::pair<const char*, uint32_t>> keys = {};
  std::vector<SparseModel::Tensor> layer = {}, whole = {};
  std::vector<uint32_t> kv_heads = {};
};

const std::vector<SparseModel::Tensor> kExperts = {{"ffn_gate_inp.weight", Format::F32, {1}},
                                                   {"ffn_down_exps.weight", Format::F32, {8, 32, 4}}};

std::vector<Kind> kinds() {
  const std::vector<std::pair<const char*, uint32_t>> used = {{"expert_count", 4},
                                                              {"expert_used_count", 2}};
  const auto and_tensors = [](std::vector<SparseModel::Tensor> more) {
    more.insert(more.begin(), kExperts.begin(), kExperts.end());
    return more;
  };
  const auto and_keys = [&](std::vector<std::pair<const char*, uint32_t>> more) {
    more.insert(more.begin(), used.begin(), used.end());
    return more;
  };
  const auto vector = [](const char* name, uint64_t size) {
    return SparseModel::Tensor{name, Format::F32, {size}};
  };
  return {
      {"llama", {}, {vector("attn_qkv.weight", 1), vector("attn_q.bias", 32)}},
      {"qwen2", {}, {vector("attn_q.bias", 1), vector("attn_k.bias", 1), vector("attn_output.bias", 1)}},
      {"qwen3", {}, {vector("attn_q_norm.weight", 8), vector("attn_k_norm.weight", 16)}},
      {"gpt2", {}, {}, {{"position_embd.weight", Format::F32, {32, 100}}}},
      {"bert", {}, {}, {{"token_types.weight", Format::F32, {32, 2}}}},
      {"phi3", {}, {vector("attn_qkv.weight", 1)}},
      {"deepseek2", {}, {vector("attn_kv_b.weight", 1)}},
      {"deepseek2",
       {{"attention.q_lora_rank", 12}},
       {vector("attn_q_a.weight", 1), vector("attn_k_b.bias", 1)}},
      {"deepseek2", and_keys({{"expert_group_count", 2}, {"expert_group_used_count", 1}}),
       and_tensors({vector("exp_probs_b.bias", 4), vector("ffn_down_shexp.weight", 1)})},
      {"qwen2moe", used,
       and_tensors(
           {{"ffn_down_shexp.weight", Format::F32, {8, 32}}, vector("ffn_gate_inp_shexp.weight", 1)})},
      {"qwen3moe", used, and_tensors({vector("ffn_gate_up_exps.weight", 1)})},
      {"gpt-oss", and_keys({{"attention.sliding_window", 3}}),
       and_tensors({vector("attn_sinks.weight", 4), vector("ffn_gate_exps.bias", 1),
                    vector("ffn_up_exps.bias", 1), vector("ffn_down_exps.bias", 1)})},
      {"glm4moe", used, and_tensors({})},
      {"granitemoe", used, and_tensors({})},
      {"qwen3next", used, and_tensors({vector("ssm_ba.weight", 1)})},
      {"gemma3", {{"attention.sliding_window", 5}, {"attention.sliding_window_pattern", 2}}},
      {"gemma4", and_keys({{"attention.key_length_swa", 4}, {"attention.sliding_window", 5}}),
       and_tensors({vector("ffn_down.weight", 1), vector("ffn_down_exps.scale", 4),
                    vector("ffn_gate_inp.scale", 1)})},
      {"gemma4",
       {{"embedding_length_per_layer_input", 6}, {"block_count", 3}, {"attention.shared_kv_layers", 1}},
       {},
       {},
       {2, 2, 2}},
      {"llama", {}, {vector("ffn_gate.weight", 1)}},
  };
}

SparseModel seed_of_kind(const Kind& kind) {
  SparseModel m = seed_of(std::string_view(kind.architecture));
  const std::string name = kind.architecture;
  for (const auto& [key, value] : kind.keys) m.set(name + "." + key, value);
  if (!kind.kv_heads.empty())
    m.set(name + ".attention.head_count_kv", std::span<const uint32_t>(kind.kv_heads));
  for (const auto& t : kind.whole) m.tensors.push_back(t);
  for (int layer = 0; layer < 2; ++layer) {
    for (auto t : kind.layer) {
      t.name = "blk." + std::to_string(layer) + "." + t.name;
      m.tensors.push_back(std::move(t));
    }
  }
  return m;
}

// Numbers from the script; zeros behind its end.
class Script {
 public:
  explicit Script(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint32_t byte() { return at_ < bytes_.size() ? bytes_[at_++] : 0; }
  size_t below(size_t limit) {
    const size_t high = byte(), n = high * 256 + byte();
    return limit > 0 ? n % limit : 0;
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

// Edges of types and limits; or near the old one; or any.
uint64_t lie(Script& s, uint64_t old) {
  constexpr uint64_t edges[] = {
      0,        1,        2,        3,        4,           7,          8,          12,
      16,       31,       32,       33,       64,          96,         255,        256,
      512,      4096,     65535,    65536,    65537,       1048576,    16777215,   16777216,
      16777217, 1u << 29, 1u << 30, 1u << 31, 4294967295u, 1ull << 32, 1ull << 40, 1ull << 62};
  switch (s.below(8)) {
    case 0:
      return old + 1;
    case 1:
      return old - 1;
    case 2:
      return old * 2;
    case 3:
      return old / 2;
    case 4:
      return s.below(64);
    default:
      return edges[s.below(std::size(edges))];
  }
}

uint64_t number(const SparseModel::Key& key, size_t at, size_t size) {
  uint64_t value = 0;
  std::memcpy(&value, key.value.data() + at, std::min(size, key.value.size() - at));
  return value;
}

// A number of a key: the key itself, or an element of its array.
void lie_in_key(SparseModel& m, Script& s) {
  auto& key = m.keys[s.below(m.keys.size())];
  const bool array = key.type == gguf::ValueType::array;
  const size_t head = array ? 12 : 0, size = std::min<size_t>(4, key.value.size());
  if (key.type == gguf::ValueType::string || key.value.size() < head + size) return;
  const size_t at = head + (array ? s.below((key.value.size() - head) / size) * size : 0);
  const uint64_t value = lie(s, number(key, at, size));
  std::memcpy(key.value.data() + at, &value, size);
}

// Two or three counts of one large size: their products wrap.
void lie_in_sizes(SparseModel& m, Script& s) {
  constexpr uint32_t sizes[] = {65536, 65535, 32768, 4096, 256, 1048576, 16777216, 512};
  const uint32_t size = sizes[s.below(std::size(sizes))];
  std::vector<SparseModel::Key*> counts;
  for (auto& key : m.keys) {
    if (key.type == gguf::ValueType::u32) counts.push_back(&key);
  }
  for (size_t i = 2 + s.below(2); i > 0 && !counts.empty(); --i)
    std::memcpy(counts[s.below(counts.size())]->value.data(), &size, sizeof size);
}

void copy_key(SparseModel& m, Script& s) {
  const auto from = m.keys[s.below(m.keys.size())];
  auto& to = m.keys[s.below(m.keys.size())];
  if (to.name != "general.architecture") to = {to.name, from.type, from.value};
}

void drop_key(SparseModel& m, Script& s) { m.keys.erase(m.keys.begin() + long(s.below(m.keys.size()))); }

SparseModel::Tensor& a_tensor(SparseModel& m, Script& s) { return m.tensors[s.below(m.tensors.size())]; }

void lie_in_shape(SparseModel& m, Script& s) {
  auto& shape = a_tensor(m, s).shape;
  auto& n = shape[s.below(shape.size())];
  n = std::clamp<uint64_t>(lie(s, n), 1, uint64_t(1) << 40);
}

void add_dimension(SparseModel& m, Script& s) {
  auto& shape = a_tensor(m, s).shape;
  if (shape.size() < 4) shape.push_back(1 + s.below(5));
}

// The same values in rows of another length.
void fold_shape(SparseModel& m, Script& s) {
  auto& shape = a_tensor(m, s).shape;
  if (shape[0] % 2 == 0 && shape.size() < 4) {
    shape[0] /= 2;
    shape.insert(shape.begin() + 1, 2);
  }
}

void change_format(SparseModel& m, Script& s) {
  const auto formats = quant::all_formats();
  auto& tensor = a_tensor(m, s);
  tensor.format = formats[s.below(formats.size())].format;
  tensor.data.clear();
}

void drop_tensor(SparseModel& m, Script& s) {
  m.tensors.erase(m.tensors.begin() + long(s.below(m.tensors.size())));
}

// A bias or scale where there was none, or one layer's tensor under the name of something else's.
void add_tensor(SparseModel& m, Script& s) {
  SparseModel::Tensor made = a_tensor(m, s);
  const size_t end = made.name.rfind('.');
  if (end == std::string::npos) return;
  if (s.below(2) == 0) {
    made.name = made.name.substr(0, end) + (s.below(3) == 0 ? ".scale" : ".bias");
    made.shape = {s.below(2) == 0 ? uint64_t(1) : made.shape.back()};
  } else {
    made.name = a_tensor(m, s).name;
    std::erase_if(m.tensors, [&](const auto& t) { return t.name == made.name; });
  }
  if (!m.find(made.name)) m.tensors.push_back(made);
}

void swap_shapes(SparseModel& m, Script& s) {
  auto& a = a_tensor(m, s);
  std::swap(a.shape, a_tensor(m, s).shape);
}

using Stroke = void (*)(SparseModel&, Script&);
constexpr Stroke kStrokes[] = {lie_in_sizes, lie_in_sizes,  lie_in_key, lie_in_key,   lie_in_key,
                               lie_in_key,   copy_key,      drop_key,   lie_in_shape, add_tensor,
                               drop_tensor,  change_format, fold_shape, swap_shapes,  add_dimension};

}  // namespace

std::vector<SparseModel> small_models() {
  std::vector<SparseModel> out;
  for (std::string_view name : model::architectures()) grow(out.emplace_back(seed_of(name)));
  for (const Kind& kind : kinds()) grow(out.emplace_back(seed_of_kind(kind)));
  return out;
}

SparseModel mutated(std::span<const SparseModel> models, std::span<const uint8_t> script) {
  Script s(script);
  SparseModel m = models[s.below(models.size())];
  const bool agree = s.below(2) == 0;
  for (size_t strokes = 1 + s.below(4); strokes > 0; --strokes) {
    if (!m.tensors.empty() && !m.keys.empty()) kStrokes[s.below(std::size(kStrokes))](m, s);
  }
  if (agree) grow(m, 200);
  if (m.data_bytes() < 1u << 22) fill(m);
  return m;
}

}  // namespace straddle::testing
