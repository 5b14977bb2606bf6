// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)
//
// A lone space character before a word that is no U+0020 matches nothing: it is a piece of its own.
#include "text/scanner.h"

namespace straddle::text {
namespace {

size_t others_end(std::string_view text, size_t at) {
  Character c = character_at(text, at);
  while (c.bytes > 0 && !c.is(kSpace | kLetter | kNumber)) {
    at += c.bytes;
    c = character_at(text, at);
  }
  return at;
}

}  // namespace

size_t scan_gpt2(std::string_view text, size_t at, const ScanRules&) {
  if (const size_t end = contraction_end(text, at, false); end > at) return end;
  const size_t word = text[at] == ' ' && at + 1 < text.size() ? at + 1 : at;
  const Character first = character_at(text, word);
  if (first.is(kLetter)) return class_end(text, word, kLetter);
  if (first.is(kNumber)) return class_end(text, word, kNumber);
  if (!first.is(kSpace)) return others_end(text, word);
  return scan_spaces(text, at);
}

}  // namespace straddle::text
