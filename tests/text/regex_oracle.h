// PCRE2 as the oracle of the scanners.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace straddle::text {

class RegexOracle {
 public:
  explicit RegexOracle(std::string_view pattern);
  ~RegexOracle();
  RegexOracle(RegexOracle&&) noexcept;

  // Matches, and what lies between them, from left to right. The text is valid UTF-8.
  std::vector<std::string_view> pieces(std::string_view text) const;

  bool matches_at_start(std::string_view text) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace straddle::text
