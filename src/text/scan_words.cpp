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
    return class_end(text, next, rules.letters);
  }
  return class_end(text, at, rules.letters);
}

// [^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+
size_t phrase_end(std::string_view text, size_t at, const Character& c, const ScanRules&) {
  const bool prefix = !c.is_newline() && !c.is(kLetter | kNumber);
  size_t end = prefix ? at + c.bytes : at;
  if (!character_at(text, end).is(kLetter)) return at;
  for (;;) {
    end = class_end(text, class_end(text, end, kLetter), kMark);
    const size_t next = end < text.size() && text[end] == ' ' ? end + 1 : end;
    if (!character_at(text, next).is(kLetter)) return end;
    end = next;
  }
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

size_t newlines_end(std::string_view text, size_t at, const ScanRules& rules) {
  const auto counts = [&](char c) { return c == '\r' || c == '\n' || (rules.slash_after && c == '/'); };
  for (uint32_t left = rules.newlines_after; left > 0 && at < text.size() && counts(text[at]); --left)
    ++at;
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
  return newlines_end(text, end, rules);
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
  const auto word_end = rules.spaces_inside ? phrase_end : letters_end;
  if (const size_t end = word_end(text, at, c, rules); end > at) return end;
  return scan_no_letters(text, at, rules);
}

}  // namespace straddle::text
