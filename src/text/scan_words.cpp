// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?LETTERS+|\p{N}{1,MOST}|
// ?[^\s LETTERS \p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// Each step returns the end of its alternative's match, or `at` where it does not match.
#include "text/scanner.h"

namespace straddle::text {
namespace {

// [^\r\n\p{L}\p{N}]?LETTERS+
size_t letters_end(std::string_view text, size_t at, const Character& c, const ScanRules& rules) {
  const size_t next = at + c.bytes;
  if (!c.is_newline() && !c.is(kLetter | kNumber) && character_at(text, next).is(rules.letters)) {
    return run_end(text, next, rules.letters);
  }
  return run_end(text, at, rules.letters);
}

// \p{N}{1,MOST}
size_t digits_end(std::string_view text, size_t at, const ScanRules& rules) {
  for (uint32_t count = 0; count < rules.most; ++count) {
    const Character c = character_at(text, at);
    if (!c.is(kNumber)) break;
    at += c.bytes;
  }
  return at;
}

size_t newlines_end(std::string_view text, size_t at, bool slash) {
  while (at < text.size() && (text[at] == '\r' || text[at] == '\n' || (slash && text[at] == '/'))) ++at;
  return at;
}

//  ?[^\s LETTERS \p{N}]+[\r\n]*
size_t others_end(std::string_view text, size_t at, const ScanRules& rules) {
  const size_t start = text[at] == ' ' ? at + 1 : at;
  size_t end = start;
  Character c = character_at(text, end);
  while (c.bytes > 0 && !c.is(kSpace | kNumber | rules.letters)) {
    end += c.bytes;
    c = character_at(text, end);
  }
  if (end == start) return at;
  return rules.newlines_after ? newlines_end(text, end, rules.slash_after) : end;
}

}  // namespace

size_t scan_no_letters(std::string_view text, size_t at, const ScanRules& rules) {
  if (const size_t end = digits_end(text, at, rules); end > at) return end;
  if (const size_t end = others_end(text, at, rules); end > at) return end;
  return scan_spaces_and_newlines(text, at);
}

size_t scan_words(std::string_view text, size_t at, const ScanRules& rules) {
  if (rules.contractions) {
    if (const size_t end = contraction_end(text, at, true); end > at) return end;
  }
  const Character c = character_at(text, at);
  if (const size_t end = letters_end(text, at, c, rules); end > at) return end;
  return scan_no_letters(text, at, rules);
}

}  // namespace straddle::text
