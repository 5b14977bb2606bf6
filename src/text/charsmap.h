// The normaliser of a SentencePiece model (tokenizer.ggml.precompiled_charsmap): which texts are
// replaced by which before pieces are looked for.
//
// Layout (SentencePiece's normalizer.cc): u32 bytes of the trie; the trie, an XOR-compressed double
// array of u32 units (darts-clone); the replacements, each ended by a zero byte.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"

namespace straddle::text {

class Charsmap {
 public:
  // Empty where the file has none. What its units name is checked when they are used; that every
  // replacement ends, and is no longer than kLongestReplacement, here.
  static Result<Charsmap> from(const gguf::File& file);

  struct Match {
    size_t bytes;  // of the text
    std::string_view replacement;
  };

  // The longest text at `at` that is replaced; nullopt if none.
  std::optional<Match> longest(std::string_view text, size_t at) const;

 private:
  // Known files stay under 36 and 20: longer ones would let a text grow, or time, without measure.
  static constexpr size_t kLongestReplacement = 64, kLongestSource = 64;  // bytes

  std::optional<uint32_t> unit(size_t index) const {
    return index < units_.size() ? std::optional<uint32_t>(units_[index]) : std::nullopt;
  }

  std::vector<uint32_t> units_;
  std::string replacements_;
};

}  // namespace straddle::text
