// The pattern of deepseek-v3: a word may begin with a punctuation mark.
//
// ASCII_MARK[A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|
// \s+(?!\S)|\s+
// What is none of these (digits, which are cut before, and controls) is a piece up to the next match.
#include "text/scanner.h"

namespace straddle::text {
namespace {

bool is_ascii_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// ASCII_MARK[A-Za-z]+: the marks are ASCII's punctuation and symbols.
size_t marked_end(std::string_view text, size_t at, const Character& c) {
  if (c.code >= 128 || !c.is(kPunctuation | kSymbol)) return at;
  size_t end = at + 1;
  while (end < text.size() && is_ascii_letter(text[end])) ++end;
  return end > at + 1 ? end : at;
}

// [^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+
size_t letters_end(std::string_view text, size_t at, const Character& c) {
  constexpr Class kLetters = kLetter | kMark;
  if (!c.is_newline() && !c.is(kLetter | kPunctuation | kSymbol)) {
    const size_t next = at + c.bytes;
    if (const size_t end = class_end(text, next, kLetters); end > next) return end;
  }
  return class_end(text, at, kLetters);
}

//  ?[\p{P}\p{S}]+[\r\n]*
size_t marks_end(std::string_view text, size_t at, const ScanRules& rules) {
  const size_t start = text[at] == ' ' ? at + 1 : at;
  size_t end = class_end(text, start, kPunctuation | kSymbol);
  if (end == start) return at;
  while (rules.newlines_after && end < text.size() && (text[end] == '\r' || text[end] == '\n')) ++end;
  return end;
}

size_t match_end(std::string_view text, size_t at, const ScanRules& rules) {
  const Character c = character_at(text, at);
  if (const size_t end = marked_end(text, at, c); end > at) return end;
  if (const size_t end = letters_end(text, at, c); end > at) return end;
  if (const size_t end = marks_end(text, at, rules); end > at) return end;
  if (!c.is(kSpace)) return at;
  if (rules.newlines_after) return scan_spaces_and_newlines(text, at);
  return c.is_newline() ? at + 1 : scan_spaces(text, at);
}

}  // namespace

size_t scan_marked(std::string_view text, size_t at, const ScanRules& rules) {
  return match_or_gap_end(text, at, rules, match_end);
}

}  // namespace straddle::text
