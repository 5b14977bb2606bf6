// Vocabularies of a few tokens, written as GGUF for a test.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "text/text.h"

namespace straddle::text {

struct SmallVocabulary {
  std::string model = "llama";
  std::string pre;  // none if empty
  std::string name;
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<int32_t> types;
  std::vector<std::string> merges;
  std::map<std::string, uint32_t> numbers;  // other keys, without "tokenizer.ggml."
  std::map<std::string, bool> flags;
  std::map<std::string, std::vector<int32_t>> lists;
  std::string chat_template;  // none if empty
  std::string charsmap;       // precompiled_charsmap; none if empty
};

Result<Tokenizer> make(const SmallVocabulary& vocabulary, std::vector<std::string>* warnings = nullptr);

// As above, where the vocabulary is good.
Tokenizer made(const SmallVocabulary& vocabulary);

// <unk> <s> </s>, the 256 byte tokens (ids 3 to 258), then `pieces`, each with a higher score than
// the one before.
SmallVocabulary llama_vocabulary(const std::vector<std::string>& pieces);

// <pad> </s> <unk>, then `pieces` with their scores.
SmallVocabulary unigram_vocabulary(const std::vector<std::pair<std::string, float>>& pieces);

// The 256 bytes (ids 0 to 255, in the order of their value), then what the merges make, in order.
// pre: gpt-2.
SmallVocabulary gpt2_vocabulary(const std::vector<std::string>& merges);

}  // namespace straddle::text
