// The o200k pattern (gpt-4o, tekken ...): words end where lower case meets upper case.
//
// [^\r\n\p{L}\p{N}]?UPPER*LOWER+SUFFIX?|[^\r\n\p{L}\p{N}]?UPPER+LOWER*SUFFIX?|\p{N}{1,MOST}|
// ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
// UPPER = \p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}, LOWER = \p{Ll}\p{Lm}\p{Lo}\p{M}, SUFFIX = 's 't ... in any
// case.
#include "text/scanner.h"

namespace straddle::text {
namespace {

constexpr Class kEither = kModifierLetter | kOtherLetter | kMark;
constexpr Class kUpperLike = kUpper | kTitle | kEither;
constexpr Class kLowerLike = kLower | kEither;

// UPPER*LOWER+ from `at`, or `at`. Where no lower case follows the upper, the last character that is
// both gives way and stands for it.
size_t upper_then_lower(std::string_view text, size_t at) {
  size_t end = at, last_either = at;
  Character c = character_at(text, end);
  for (; c.is(kUpperLike); c = character_at(text, end)) {
    end += c.bytes;
    if (c.is(kEither)) last_either = end;
  }
  return c.is(kLowerLike) ? run_end(text, end, kLowerLike) : last_either;
}

// UPPER+LOWER* from `at`, or `at`.
size_t upper_or_lower(std::string_view text, size_t at) {
  const size_t end = run_end(text, at, kUpperLike);
  return end > at ? run_end(text, end, kLowerLike) : at;
}

using Step = size_t (*)(std::string_view, size_t);

// [^\r\n\p{L}\p{N}]?STEP, or `at`.
size_t with_prefix(std::string_view text, size_t at, const Character& c, Step step) {
  if (!c.is_newline() && !c.is(kLetter | kNumber)) {
    const size_t next = at + c.bytes;
    if (const size_t end = step(text, next); end > next) return end;
  }
  return step(text, at);
}

}  // namespace

size_t scan_cased(std::string_view text, size_t at, const ScanRules& rules) {
  const Character c = character_at(text, at);
  for (const Step step : {upper_then_lower, upper_or_lower}) {
    if (const size_t end = with_prefix(text, at, c, step); end > at) {
      return rules.contractions ? contraction_end(text, end, true) : end;
    }
  }
  return scan_no_letters(text, at, rules);
}

}  // namespace straddle::text
