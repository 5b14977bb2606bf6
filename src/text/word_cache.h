// Words that a text repeats are merged once: where in the output a word's ids already stand.
#pragma once
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/text.h"

namespace straddle::text {

// Lives for one text, whose bytes the keys point to, and one growing list of ids.
class WordCache {
 public:
  explicit WordCache(std::vector<TokenId>& out) : out_(out) {}

  // Appends the ids of `word`: again, or by encode(word), which appends to the list itself.
  template <class Encode>
  void append(std::string_view word, Encode&& encode) {
    const auto known = spans_.find(word);
    if (known != spans_.end()) return repeat(known->second);
    const size_t begin = out_.size();
    encode(word);
    if (word.size() <= kLongest && spans_.size() < kMost) spans_.emplace(word, Span{begin, out_.size()});
  }

 private:
  // Long words seldom come back; the bound on entries is 8 MB.
  static constexpr size_t kLongest = 64, kMost = 1 << 17;
  struct Span {
    size_t begin, end;
  };

  void repeat(Span span) {
    for (size_t i = span.begin; i < span.end; ++i) {
      const TokenId id = out_[i];
      out_.push_back(id);
    }
  }

  std::vector<TokenId>& out_;
  std::unordered_map<std::string_view, Span> spans_;
};

}  // namespace straddle::text
