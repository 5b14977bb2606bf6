#include "small_vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/utf8.h"
#include "text/byte_alphabet.h"

namespace straddle::text {

Result<Tokenizer> make(const SmallVocabulary& vocabulary, std::vector<std::string>* warnings) {
  gguf::Writer writer;
  const std::string prefix = "tokenizer.ggml.";
  writer.add(prefix + "model", std::string_view(vocabulary.model));
  if (!vocabulary.pre.empty()) writer.add(prefix + "pre", std::string_view(vocabulary.pre));
  if (!vocabulary.name.empty()) writer.add("general.name", std::string_view(vocabulary.name));
  writer.add(prefix + "tokens", std::span<const std::string>(vocabulary.tokens));
  if (!vocabulary.scores.empty())
    writer.add(prefix + "scores", std::span<const float>(vocabulary.scores));
  if (!vocabulary.types.empty()) {
    writer.add(prefix + "token_type", std::span<const int32_t>(vocabulary.types));
  }
  if (!vocabulary.merges.empty()) {
    writer.add(prefix + "merges", std::span<const std::string>(vocabulary.merges));
  }
  for (const auto& [key, value] : vocabulary.numbers) writer.add(prefix + key, value);
  for (const auto& [key, value] : vocabulary.flags) writer.add(prefix + key, value);
  for (const auto& [key, value] : vocabulary.lists) {
    writer.add(prefix + key, std::span<const int32_t>(value));
  }
  if (!vocabulary.chat_template.empty()) {
    writer.add("tokenizer.chat_template", std::string_view(vocabulary.chat_template));
  }
  if (!vocabulary.charsmap.empty()) {
    const auto* data = reinterpret_cast<const uint8_t*>(vocabulary.charsmap.data());
    const gguf::Array array{
        gguf::ValueType::u8, vocabulary.charsmap.size(), {data, vocabulary.charsmap.size()}, {}};
    writer.add(gguf::Entry{prefix + "precompiled_charsmap", {gguf::ValueType::array, array}});
  }
  const auto bytes = writer.bytes();
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  const auto file = gguf::File::parse(*bytes, "small.gguf", true);
  if (!file) return tl::unexpected<Error>(file.error());
  return Tokenizer::from(*file, warnings);
}

Tokenizer made(const SmallVocabulary& vocabulary) {
  auto tokenizer = make(vocabulary);
  if (!tokenizer) throw std::runtime_error(one_line(tokenizer.error()));
  return *tokenizer;
}

SmallVocabulary llama_vocabulary(const std::vector<std::string>& pieces) {
  SmallVocabulary out;
  out.tokens = {"<unk>", "<s>", "</s>"};
  out.types = {2, 3, 3};
  for (int byte = 0; byte < 256; ++byte) {
    char text[8];
    std::snprintf(text, sizeof text, "<0x%02X>", byte);
    out.tokens.push_back(text);
    out.types.push_back(6);
  }
  out.tokens.insert(out.tokens.end(), pieces.begin(), pieces.end());
  out.types.resize(out.tokens.size(), 1);
  for (size_t i = 0; i < out.tokens.size(); ++i) out.scores.push_back(static_cast<float>(i));
  return out;
}

SmallVocabulary unigram_vocabulary(const std::vector<std::pair<std::string, float>>& pieces) {
  SmallVocabulary out;
  out.model = "t5";
  out.tokens = {"<pad>", "</s>", "<unk>"};
  out.types = {3, 3, 2};
  out.scores = {0, 0, 0};
  for (const auto& [text, score] : pieces) {
    out.tokens.push_back(text);
    out.types.push_back(1);
    out.scores.push_back(score);
  }
  return out;
}

SmallVocabulary gpt2_vocabulary(const std::vector<std::string>& merges) {
  SmallVocabulary out;
  out.model = "gpt2";
  out.pre = "gpt-2";
  for (int byte = 0; byte < 256; ++byte) {
    append_utf8(out.tokens.emplace_back(), printable_of(static_cast<unsigned char>(byte)));
  }
  for (std::string joined : merges) {
    joined.erase(std::remove(joined.begin(), joined.end(), ' '), joined.end());
    out.tokens.push_back(joined);
  }
  out.types.assign(out.tokens.size(), 1);
  out.merges = merges;
  return out;
}

}  // namespace straddle::text
