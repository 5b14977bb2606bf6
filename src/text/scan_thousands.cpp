// Digits in threes, counted from the right.
//
// Whoever stands on a digit with another before it stands between two groups, since every piece that
// ends inside of digits was cut there: only at their start they have to be counted, and time is linear.
#include "text/scanner.h"

namespace straddle::text {
namespace {

// What \b in a pattern of Rust or Oniguruma takes for a part of a word.
constexpr Class kWord = kLetter | kMark | kDecimal | 1u << 10 /* \p{Nl} */ | kConnector;

struct Digits {
  size_t end, count;  // count: characters
};

Digits digits_at(std::string_view text, size_t at, const ScanRules& rules) {
  Digits out{at, 0};
  for (Character c = character_at(text, at); c.bytes > 0 && rules.in(c);
       c = character_at(text, out.end)) {
    out.end += c.bytes;
    ++out.count;
  }
  return out;
}

bool is_inside_digits(std::string_view text, size_t at, const ScanRules& rules) {
  if (at == 0) return false;
  size_t before = at - 1;
  while (before > 0 && at - before < 4 && (text[before] & 0xC0) == 0x80) --before;
  const Character c = character_at(text, before), next = character_at(text, at);
  return before + c.bytes == at && rules.in(c) && next.bytes > 0 && rules.in(next);
}

size_t skip(std::string_view text, size_t at, size_t characters) {
  for (; characters > 0; --characters) at += character_at(text, at).bytes;
  return at;
}

bool counts(std::string_view text, const Digits& digits, const ScanRules& rules) {
  return digits.count > 0 && !(rules.ends_word && character_at(text, digits.end).is(kWord));
}

}  // namespace

size_t scan_thousands(std::string_view text, size_t at, const ScanRules& rules) {
  if (is_inside_digits(text, at, rules)) return skip(text, at, 3);
  Digits digits = digits_at(text, at, rules);
  if (counts(text, digits, rules)) return skip(text, at, (digits.count - 1) % 3 + 1);
  while (at < text.size() && !counts(text, digits, rules)) {
    at = digits.count > 0 ? digits.end : at + character_at(text, at).bytes;
    digits = digits_at(text, at, rules);
  }
  return at;
}

size_t scan_before_thousands(std::string_view text, size_t at, const ScanRules& rules) {
  size_t end = is_inside_digits(text, at, rules) ? skip(text, at, 3) : at;
  while (end < text.size()) {
    if (is_inside_digits(text, end, rules)) return end;
    const Digits digits = digits_at(text, end, rules);
    if (digits.count >= 3 && digits.count % 3 == 0 && end > at) return end;
    const size_t head = digits.count % 3 == 0 ? 3 : digits.count % 3;
    end = digits.count > 0 ? skip(text, end, head) : end + character_at(text, end).bytes;
  }
  return end;
}

}  // namespace straddle::text
