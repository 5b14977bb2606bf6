// The o200k pattern (gpt-4o, tekken ...): words end where lower case meets upper case.
//
// [^\r\n\p{L}\p{N}]?UPPER*LOWER+SUFFIX?|[^\r\n\p{L}\p{N}]?UPPER+LOWER*SUFFIX?|\p{N}{1,MOST}|
// ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
// UPPER = \p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}, LOWER = \p{Ll}\p{Lm}\p{Lo}\p{M}, SUFFIX = 's 't ... in any
// case. Kimi's has \p{Han}+ in front, and no Han in UPPER and LOWER.
#include "text/han_ranges.h"
#include "text/scanner.h"

namespace straddle::text {
namespace {

constexpr Class kEither = kModifierLetter | kOtherLetter | kMark;
constexpr Class kUpperLike = kUpper | kTitle | kEither;
constexpr Class kLowerLike = kLower | kEither;

// \p{Han} is no part of a word where it stands apart.
Character letter_at(std::string_view text, size_t at, const ScanRules& rules) {
  Character c = character_at(text, at);
  if (rules.han_apart && is_han(c.code)) c.bits = 0;
  return c;
}

size_t letters_end(std::string_view text, size_t at, Class bits, const ScanRules& rules) {
  for (Character c = letter_at(text, at, rules); c.is(bits); c = letter_at(text, at, rules))
    at += c.bytes;
  return at;
}

// UPPER*LOWER+ from `at`, or `at`. Where no lower case follows the upper, the last character that is
// both gives way and stands for it.
size_t upper_then_lower(std::string_view text, size_t at, const ScanRules& rules) {
  size_t end = at, last_either = at;
  Character c = letter_at(text, end, rules);
  for (; c.is(kUpperLike); c = letter_at(text, end, rules)) {
    end += c.bytes;
    if (c.is(kEither)) last_either = end;
  }
  return c.is(kLowerLike) ? letters_end(text, end, kLowerLike, rules) : last_either;
}

// UPPER+LOWER* from `at`, or `at`.
size_t upper_or_lower(std::string_view text, size_t at, const ScanRules& rules) {
  const size_t end = letters_end(text, at, kUpperLike, rules);
  return end > at ? letters_end(text, end, kLowerLike, rules) : at;
}

using WordEnd = size_t (*)(std::string_view, size_t, const ScanRules&);

// [^\r\n\p{L}\p{N}]?WORD, or `at`.
size_t with_prefix(std::string_view text, size_t at, const ScanRules& rules, WordEnd word_end_at) {
  const Character c = character_at(text, at);
  if (!c.is_newline() && !c.is(kLetter | kNumber)) {
    const size_t next = at + c.bytes;
    if (const size_t end = word_end_at(text, next, rules); end > next) return end;
  }
  return word_end_at(text, at, rules);
}

size_t han_end(std::string_view text, size_t at) {
  for (Character c = character_at(text, at); c.bytes > 0 && is_han(c.code); c = character_at(text, at)) {
    at += c.bytes;
  }
  return at;
}

}  // namespace

size_t scan_cased(std::string_view text, size_t at, const ScanRules& rules) {
  if (rules.han_apart) {
    if (const size_t end = han_end(text, at); end > at) return end;
  }
  for (const WordEnd word_end_at : {upper_then_lower, upper_or_lower}) {
    if (const size_t end = with_prefix(text, at, rules, word_end_at); end > at) {
      return rules.contractions ? contraction_end(text, end, true) : end;
    }
  }
  return scan_no_letters(text, at, rules);
}

}  // namespace straddle::text
