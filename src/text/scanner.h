// Scanners cut a text into pieces where a pre-tokenizer's pattern would, in linear time.
//
// A scanner stands for one pattern. It says where the piece ends that begins at `at`: a match, or
// the text up to the next match. A row of pretokenizers.cpp applies its scanners one after the
// other, each to every piece that the one before has made.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/character.h"

namespace straddle::text {

enum class Before : uint8_t { nothing, any_space, blank };  // nothing, \s?, U+0020?

// What a scanner may be told; each names the fields that it reads.
struct ScanRules {
  bool (*in)(const Character&) = nullptr;  // a class of characters
  uint32_t least = 1, most = ~0u;          // how many of them together; digits of a number
  Before before = Before::nothing;         // what may stand in front of them
  Class letters = kLetter;                 // what a word is made of
  bool contractions = true;                // 's 't 're 've 'm 'll 'd, in any case
  uint32_t newlines_after = ~0u;           // how many newlines others take behind them
  bool slash_after = false;                // ... where / counts as a newline
  bool ends_word = false;                  // of digits, only those with no word behind
  bool spaces_inside = false;              // a word goes on over single spaces, and takes its marks
  bool han_apart = false;                  // Han characters stand apart
};

struct Scanner {
  size_t (*piece_end)(std::string_view text, size_t at, const ScanRules& rules);
  ScanRules rules;
};

// gpt-2: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)
// No rules.
size_t scan_gpt2(std::string_view text, size_t at, const ScanRules& rules);

// llama-3 and kin: (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?LETTERS+|\p{N}{1,MOST}|
// ?[^\s LETTERS \p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
// Rules: most, letters, contractions, newlines_after, slash_after, spaces_inside.
size_t scan_words(std::string_view text, size_t at, const ScanRules& rules);

// BEFORE IN{LEAST,MOST}; the text between two matches is a piece.
// Rules: in, least, most, before.
size_t scan_class(std::string_view text, size_t at, const ScanRules& rules);

// gpt-4o, tekken and kin (scan_cased.cpp). Rules: most, contractions, slash_after, han_apart.
size_t scan_cased(std::string_view text, size_t at, const ScanRules& rules);

// deepseek-v3 and kin (scan_marked.cpp). Rules: newlines_after; where 0, each newline stands alone.
size_t scan_marked(std::string_view text, size_t at, const ScanRules& rules);

// \s+$: the white space at the end. No rules.
size_t scan_trailing_spaces(std::string_view text, size_t at, const ScanRules& rules);

// IN{1,3}(?=(?:IN{3})*(?!IN)), or with ends_word: IN{1,3}(?=(?:IN{3})*\b). Rules: in, ends_word.
size_t scan_thousands(std::string_view text, size_t at, const ScanRules& rules);

// A cut at every (?=(IN{3})+(?!IN)), and nowhere else. Rules: in.
size_t scan_before_thousands(std::string_view text, size_t at, const ScanRules& rules);

// jais-2, behind scan_words: white space without a newline at its end is cut into the largest powers of
// two, 512 at most. No rules.
size_t scan_blanks(std::string_view text, size_t at, const ScanRules& rules);

// chameleon (scan_chameleon.cpp): <sentinel:[0-9]+>; IMGIMG[A-I]{1,4}Z; [\t\n]|    |  . No rules.
size_t scan_sentinels(std::string_view text, size_t at, const ScanRules& rules);
size_t scan_images(std::string_view text, size_t at, const ScanRules& rules);
size_t scan_indents(std::string_view text, size_t at, const ScanRules& rules);

// Cuts every piece of `pieces` again.
void cut_pieces(const Scanner& scanner, std::vector<std::string_view>& pieces);

// ---- steps that scanners share

// Where a pattern matches only in places: the end of the match at `at`, or of the text up to the next.
// match_end(text, at, rules): the end of the match at `at`, or `at`.
template <class MatchEnd>
size_t match_or_gap_end(std::string_view text, size_t at, const ScanRules& rules, MatchEnd&& match_end) {
  if (const size_t end = match_end(text, at, rules); end > at) return end;
  while (at < text.size()) {
    at += character_at(text, at).bytes;
    if (at < text.size() && match_end(text, at, rules) > at) break;
  }
  return at;
}

// End of the characters of a class that stand together from `at` on.
size_t class_end(std::string_view text, size_t at, Class bits);

// The tail of most patterns, `at` on white space: \s+(?!\S)|\s+
size_t scan_spaces(std::string_view text, size_t at);

// \s*[\r\n]+|\s+(?!\S)|\s+: spaces up to their last newline. (\s*[\r\n] is the same, since
// \s takes newlines too.)
size_t scan_spaces_and_newlines(std::string_view text, size_t at);

// What scan_words does where no word begins: digits, others, spaces. Rules: as there.
size_t scan_no_letters(std::string_view text, size_t at, const ScanRules& rules);

// End of 's 't 're 've 'm 'll 'd at `at`, or `at`.
size_t contraction_end(std::string_view text, size_t at, bool any_case);

}  // namespace straddle::text
