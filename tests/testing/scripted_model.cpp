#include "testing/scripted_model.h"

#include <cstring>
#include <memory>

namespace straddle::testing {
namespace {

using text::TokenId;
using text::TokenType;

std::vector<Piece> vocabulary_of(const Script& script) {
  std::vector<Piece> out{
      {"<unk>", TokenType::unknown}, {"<bos>", TokenType::control}, {"<eos>", TokenType::control}};
  out.push_back(script.start);
  out.insert(out.end(), script.said.begin(), script.said.end());
  out.insert(out.end(), script.known.begin(), script.known.end());
  return out;
}

// Of each token that may be the last: what follows.
std::vector<std::pair<size_t, size_t>> followers_of(const Script& script) {
  const size_t first = kScriptSaid, end = first + script.said.size();
  std::vector<std::pair<size_t, size_t>> out;
  for (size_t id = first; id <= end; ++id) {
    out.emplace_back(id == first ? size_t(kScriptStart) : id - 1, id == end ? size_t(kScriptEos) : id);
  }
  for (const auto& [from, to] : script.jumps) out[from + 1].second = first + to;
  return out;
}

void add_keys(gguf::Writer& out, const Script& script, const std::vector<Piece>& vocabulary,
              uint32_t width) {
  out.add("general.architecture", "llama");
  out.add("general.name", "script");
  out.add("llama.context_length", 4096u);
  out.add("llama.embedding_length", width);
  out.add("llama.block_count", 1u);
  out.add("llama.feed_forward_length", 32u);
  out.add("llama.attention.head_count", 1u);
  out.add("llama.attention.head_count_kv", 1u);
  out.add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  out.add("llama.rope.dimension_count", width);
  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<int32_t> types;
  for (const Piece& piece : vocabulary) {
    scores.push_back(-float(texts.size()));
    texts.push_back(piece.text);
    types.push_back(int32_t(piece.type));
  }
  out.add("tokenizer.ggml.model", "llama");
  out.add("tokenizer.ggml.tokens", std::span<const std::string>(texts));
  out.add("tokenizer.ggml.scores", std::span<const float>(scores));
  out.add("tokenizer.ggml.token_type", std::span<const int32_t>(types));
  out.add("tokenizer.ggml.bos_token_id", uint32_t(kScriptBos));
  out.add("tokenizer.ggml.eos_token_id", uint32_t(kScriptEos));
  out.add("tokenizer.ggml.unknown_token_id", 0u);
  out.add("tokenizer.ggml.add_bos_token", true);
  out.add("tokenizer.ggml.add_space_prefix", false);
  if (!script.chat_template.empty())
    out.add("tokenizer.chat_template", std::string_view(script.chat_template));
  if (script.more_keys) script.more_keys(out);
}

void add_tensor(gguf::Writer& out, const char* name, std::vector<uint64_t> shape,
                std::vector<float> values) {
  auto bytes = std::make_shared<std::vector<uint8_t>>(values.size() * sizeof(float));
  std::memcpy(bytes->data(), values.data(), bytes->size());
  out.add_tensor(name, quant::Format::F32, shape, [bytes]() -> Result<std::span<const uint8_t>> {
    return std::span<const uint8_t>(*bytes);
  });
}

}  // namespace

std::vector<Piece> letters() {
  std::vector<Piece> out{{":"}, {"\xe2\x96\x81"}};
  for (char c = 'a'; c <= 'z'; ++c) out.push_back({std::string(1, c)});
  return out;
}

gguf::Writer scripted_model(const Script& script) {
  const auto vocabulary = vocabulary_of(script);
  const size_t n = vocabulary.size(), width = (n + 31) / 32 * 32;
  std::vector<float> embedding(n * width), output(n * width);
  for (size_t id = 0; id < n; ++id) embedding[id * width + id] = 1;
  for (const auto& [from, to] : followers_of(script)) output[to * width + from] = 30;
  gguf::Writer out;
  add_keys(out, script, vocabulary, uint32_t(width));
  const std::vector<float> ones(width, 1), square(width * width), flat(width * 32);
  add_tensor(out, "token_embd.weight", {width, n}, std::move(embedding));
  add_tensor(out, "output_norm.weight", {width}, ones);
  add_tensor(out, "output.weight", {width, n}, std::move(output));
  add_tensor(out, "blk.0.attn_norm.weight", {width}, ones);
  for (const char* name : {"blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.attn_v.weight",
                           "blk.0.attn_output.weight"}) {
    add_tensor(out, name, {width, width}, square);
  }
  add_tensor(out, "blk.0.ffn_norm.weight", {width}, ones);
  add_tensor(out, "blk.0.ffn_gate.weight", {width, 32}, flat);
  add_tensor(out, "blk.0.ffn_up.weight", {width, 32}, flat);
  add_tensor(out, "blk.0.ffn_down.weight", {32, width}, flat);
  return out;
}

}  // namespace straddle::testing
