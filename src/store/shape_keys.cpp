// The keys of a file of a shape, and its vocabulary.
#include <algorithm>
#include <charconv>

#include "store/shape.h"

namespace straddle::store {
namespace {

// Integers with commas between them; empty for all else.
std::vector<int32_t> list_of(const std::string& text) {
  std::vector<int32_t> out;
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    const auto [read, error] = std::from_chars(at, end, out.emplace_back());
    if (error != std::errc() || (read != end && *read != ',')) return {};
    at = read == end ? end : read + 1;
  }
  return out;
}

// 1 is an integer, 1,2 a list of them, 1.0 a number, true a flag, all else text.
void add_typed(const std::string& key, const std::string& text, gguf::Writer& writer) {
  const char *begin = text.data(), *end = begin + text.size();
  uint32_t integer = 0;
  float number = 0;
  if (std::from_chars(begin, end, integer).ptr == end) return writer.add(key, integer);
  if (std::from_chars(begin, end, number).ptr == end) return writer.add(key, number);
  if (text == "true" || text == "false") return writer.add(key, text == "true");
  if (const auto list = list_of(text); !list.empty()) return writer.add(key, std::span(list));
  writer.add(key, text);
}

void add_sizes(const Shape& s, const std::string& prefix, gguf::Writer& writer) {
  const std::pair<const char*, uint64_t> sizes[] = {
      {"context_length", s.context},
      {"embedding_length", s.embedding},
      {"feed_forward_length", s.ffn},
      {"attention.head_count", s.heads},
      {"attention.head_count_kv", s.kv_heads},
      {"attention.key_length", s.key_length},
      {"attention.value_length", s.value_length},
      {"expert_count", s.experts},
      {"expert_used_count", s.experts_used},
      {"expert_feed_forward_length", s.experts > 0 ? s.expert_ffn : 0},
      {"expert_shared_feed_forward_length", s.shared_expert_ffn},
      {"vocab_size", s.vocabulary},
  };
  for (const auto& [key, size] : sizes) {
    if (size > 0) writer.add(prefix + key, uint32_t(size));
  }
}

// Of the keys that count layers, what holds for fewer of them.
std::string in_slice(const std::string& key, const std::string& text, const Shape& s, uint64_t layers) {
  if (key == "nextn_predict_layers" && layers < s.layers) return "0";
  if (key == "leading_dense_block_count") return std::to_string(std::min(s.number(key), layers));
  return text;
}

}  // namespace

void add_shape_keys(const Shape& s, uint64_t layers, gguf::Writer& writer) {
  const std::string prefix = s.architecture + ".";
  writer.add("general.architecture", s.architecture);
  writer.add("general.name", "synth " + s.name);
  writer.add("general.description", "random weights, for measuring only");
  writer.add(prefix + "block_count", uint32_t(layers));
  add_sizes(s, prefix, writer);
  writer.add(prefix + "rope.freq_base", float(s.rope_base));
  const bool layer_norm = s.architecture == "command-r";
  writer.add(prefix + (layer_norm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon"),
             float(s.norm_eps));
  for (const auto& [key, text] : s.keys) {
    add_typed(prefix + key, in_slice(key, text, s, layers), writer);
  }
}

void add_vocabulary(uint64_t tokens, gguf::Writer& writer) {
  constexpr int32_t kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6;
  std::vector<std::string> texts = {"<unk>", "<s>", "</s>"};
  std::vector<int32_t> types = {kUnknown, kControl, kControl};
  for (int byte = 0; byte < 256; ++byte) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    texts.push_back(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">");
    types.push_back(kByte);
  }
  texts.emplace_back("<|endoftext|>");  // llama.cpp refuses a phi3 without it
  types.push_back(kControl);
  // Pieces are joined two by two, and no part of these words is one.
  while (texts.size() < tokens) {
    texts.push_back("\u2581word" + std::to_string(texts.size()));
    types.push_back(kNormal);
  }
  std::vector<float> scores(texts.size());
  for (size_t i = 0; i < scores.size(); ++i) scores[i] = types[i] == kNormal ? -float(i) : 0;
  writer.add("tokenizer.ggml.model", "llama");
  writer.add("tokenizer.ggml.tokens", std::span<const std::string>(texts));
  writer.add("tokenizer.ggml.scores", std::span<const float>(scores));
  writer.add("tokenizer.ggml.token_type", std::span<const int32_t>(types));
  writer.add("tokenizer.ggml.unknown_token_id", uint32_t(0));
  writer.add("tokenizer.ggml.bos_token_id", uint32_t(1));
  writer.add("tokenizer.ggml.eos_token_id", uint32_t(2));
  writer.add("tokenizer.ggml.add_bos_token", true);
  writer.add("tokenizer.ggml.add_space_prefix", false);
}

}  // namespace straddle::store
