#include "regex_oracle.h"

#include <stdexcept>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace straddle::text {

struct RegexOracle::Code {
  pcre2_code* code = nullptr;
  pcre2_match_data* match = nullptr;
  ~Code() {
    pcre2_match_data_free(match);
    pcre2_code_free(code);
  }

  // Where a match begins and ends, searching from `at`; equal at the end of the text if none. Not the
  // empty match at `at`: there is a cut anyway.
  std::pair<size_t, size_t> find(std::string_view text, size_t at) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    if (pcre2_match(code, subject, text.size(), at, PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY_ATSTART, match,
                    nullptr) < 0) {
      return {text.size(), text.size()};
    }
    const PCRE2_SIZE* span = pcre2_get_ovector_pointer(match);
    return {span[0], span[1]};
  }
};

RegexOracle::RegexOracle(std::string_view pattern) : code_(std::make_unique<Code>()) {
  int error = 0;
  PCRE2_SIZE where = 0;
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                              PCRE2_UTF | PCRE2_UCP, &error, &where, nullptr);
  if (!code_->code) throw std::runtime_error("PCRE2 refuses: " + std::string(pattern));
  pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE);
  code_->match = pcre2_match_data_create_from_pattern(code_->code, nullptr);
}

RegexOracle::~RegexOracle() = default;
RegexOracle::RegexOracle(RegexOracle&&) noexcept = default;

std::vector<std::string_view> RegexOracle::pieces(std::string_view text) const {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < text.size();) {
    const auto [begin, end] = code_->find(text, at);
    if (begin > at) out.push_back(text.substr(at, begin - at));
    if (end > begin) out.push_back(text.substr(begin, end - begin));
    at = end;
  }
  return out;
}

bool RegexOracle::matches_at_start(std::string_view text) const {
  const auto [begin, end] = code_->find(text, 0);
  return begin == 0 && end > 0;
}

}  // namespace straddle::text
