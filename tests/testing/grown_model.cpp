#include "testing/grown_model.h"

#include <charconv>
#include <cstring>

#include "model/model.h"

namespace straddle::testing {
namespace {

// The shape behind "expected {", without trailing dimensions of 1.
std::vector<uint64_t> expected_shape(const std::string& what) {
  std::vector<uint64_t> shape;
  const size_t start = what.find("expected {");
  if (start == std::string::npos) return shape;
  const char* at = what.data() + start + std::strlen("expected {");
  const char* end = what.data() + what.size();
  for (uint64_t n = 0; at < end;) {
    const auto got = std::from_chars(at, end, n);
    if (got.ec != std::errc()) break;
    shape.push_back(n);
    at = got.ptr + 2;  // ", "
  }
  while (shape.size() > 1 && shape.back() == 1) shape.pop_back();
  return shape;
}

// Does what the error asks for; false where it asks for no tensor.
bool follow(SparseModel& model, const Error& error) {
  const std::string name = error.where.substr(error.where.rfind(' ') + 1);
  if (error.what == "tensor is missing") {
    model.tensors.push_back({name, quant::Format::F32, {1}});
    return true;
  }
  const auto shape = expected_shape(error.what);
  auto* tensor = model.find(name);
  if (!tensor || shape.empty() || shape == tensor->shape) return false;
  for (uint64_t n : shape) {
    if (n == 0 || n >> 40 != 0) return false;
  }
  tensor->shape = shape;
  return true;
}

}  // namespace

SparseModel seed_of(std::string_view architecture) {
  SparseModel m;
  const std::string name(architecture);
  m.set("general.architecture", architecture);
  const auto set = [&](const char* key, auto value) { m.set(name + "." + key, value); };
  for (const char* eps : {"attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon"})
    set(eps, 1e-5f);
  set("logit_scale", 2.0f);
  std::vector<std::pair<const char*, uint32_t>> counts = {{"context_length", 128},
                                                          {"embedding_length", 32},
                                                          {"block_count", 2},
                                                          {"feed_forward_length", 48},
                                                          {"attention.head_count", 4}};
  const bool mamba = name == "mamba", delta = name == "qwen3next" || name.starts_with("qwen35");
  if (name == "rwkv7") counts.push_back({"wkv.head_size", 8});
  if (name == "lfm2") counts.push_back({"shortconv.l_cache", 3});
  if (mamba) counts.push_back({"ssm.inner_size", 64});
  if (mamba || delta) {
    counts.insert(counts.end(),
                  {{"ssm.time_step_rank", 4}, {"ssm.state_size", 8}, {"ssm.conv_kernel", 4}});
  }
  if (delta) counts.insert(counts.end(), {{"ssm.group_count", 2}, {"full_attention_interval", 2}});
  if (name == "deepseek2") {
    counts.insert(counts.end(), {{"attention.kv_lora_rank", 16},
                                 {"attention.key_length_mla", 12},
                                 {"attention.value_length_mla", 8},
                                 {"rope.dimension_count", 4}});
  } else if (!mamba && name != "rwkv7") {
    counts.insert(counts.end(), {{"attention.key_length", 8}, {"attention.value_length", 8}});
  }
  for (const auto& [key, value] : counts) set(key, value);
  const uint32_t kv_heads[] = {architecture == "lfm2" ? 0u : 2u, 2};
  set("attention.head_count_kv", std::span<const uint32_t>(kv_heads));
  m.tensors.push_back({"token_embd.weight", quant::Format::F32, {32, 40}});
  return m;
}

std::string grow(SparseModel& model, size_t most) {
  for (size_t i = 0;; ++i) {
    const auto bytes = model.bytes();
    if (bytes->empty()) return "too large to try";
    const auto file = gguf::File::parse(*bytes, "grown");
    if (!file) return one_line(file.error());
    const auto blueprint = model::describe(*file, {});
    if (blueprint) return "";
    if (i >= most || !follow(model, blueprint.error())) return one_line(blueprint.error());
  }
}

void fill(SparseModel& model) {
  uint32_t state = 1;
  for (auto& tensor : model.tensors) {
    uint64_t count = 1;
    for (uint64_t n : tensor.shape) count *= n;
    if (tensor.format != quant::Format::F32) continue;
    tensor.data.resize(count * sizeof(float));
    for (uint64_t i = 0; i < count; ++i) {
      state = state * 1664525 + 1013904223;
      const float value = (float(state >> 8) / float(1 << 24) - 0.5f) * 0.2f;
      std::memcpy(tensor.data.data() + i * sizeof value, &value, sizeof value);
    }
  }
}

}  // namespace straddle::testing
