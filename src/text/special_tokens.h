// Tokens that are cut out of a text before it is tokenized: user-defined ones always, control and
// unknown ones where the caller trusts the text. There, as llama.cpp does, those with the name of an end
// (special_names.cpp) too, whatever they are: <s>..</s> is then the same ids in both.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace straddle::text {

inline constexpr TokenId kPlainText = -1;

struct Fragment {
  std::string_view text;
  TokenId id = kPlainText;  // or the special token that stood here
};

// Which places of a text are trusted.
struct Trust {
  bool parse_special = false;     // all, or none
  std::span<const Range> quoted;  // all but these, where guarded is given
  const TokenSet* guarded = nullptr;
};

class SpecialTokens {
 public:
  SpecialTokens() = default;

  // model_name (general.name) decides which tokens take the white space behind them.
  SpecialTokens(const Vocabulary& vocabulary, std::string_view model_name, Warnings& warnings);

  // From left to right, the longest token (in bytes) at each place. Time: text times the longest
  // token at worst, linear where no special token begins.
  std::vector<Fragment> cut(std::string_view text, const Trust& trust) const;

  // Adds the tokens that are written out in `text`, but for white space.
  void add_written(std::string_view text, TokenSet& out) const;

 private:
  struct SpecialToken {
    std::string text;
    TokenId id;
    bool control;   // control or unknown, or its name says so: only with parse_special
    bool ordinary;  // its name alone says so: an ordinary piece wherever somebody is quoted
    bool strips_right;
  };

  void sort_and_thin();
  template <class Visit>
  void each_at(std::string_view text, size_t at, Visit&& visit) const;
  static bool may_cut(const SpecialToken& entry, size_t at, const Trust& trust);
  const SpecialToken* longest_at(std::string_view text, size_t at, const Trust& trust) const;

  std::vector<SpecialToken> sorted_;  // by text
  std::vector<uint32_t> first_ = {
      0};  // of the entries that begin with a byte: first_[b] to first_[b + 1]
};

}  // namespace straddle::text
