// Words that a text repeats are merged once: where in the output a word's ids already stand.
#pragma once
#include <string_view>
#include <vector>

#include "text/text_index.h"

namespace straddle::text {

// Lives for one text, whose bytes the index points to, and one growing list of ids.
class WordCache {
 public:
  WordCache(std::vector<TokenId>& out, HashKey key) : out_(out), words_(0, key) {}

  // Appends the ids of `word`: again, or by encode(word), which appends to the list itself.
  template <class Encode>
  void append(std::string_view word, Encode&& encode) {
    if (word.size() > kLongest) return encode(word);
    const TokenId known = words_.find(word);
    if (known != TextIndex::kNone) return repeat(ranges_[static_cast<size_t>(known)]);
    const size_t begin = out_.size();
    encode(word);
    if (ranges_.size() == kMost) return;
    words_.add(word, static_cast<TokenId>(ranges_.size()));
    ranges_.push_back({begin, out_.size()});
  }

 private:
  // Long words seldom come back; the bound on entries is 8 MB.
  static constexpr size_t kLongest = 64, kMost = 1 << 17;

  void repeat(Range ids) {
    for (size_t i = ids.begin; i < ids.end; ++i) {
      const TokenId id = out_[i];
      out_.push_back(id);
    }
  }

  std::vector<TokenId>& out_;
  TextIndex words_;            // ids: places in ranges_
  std::vector<Range> ranges_;  // of out_
};

}  // namespace straddle::text
