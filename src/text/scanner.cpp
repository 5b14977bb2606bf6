#include "text/scanner.h"

namespace straddle::text {

void cut_pieces(const Scanner& scanner, std::vector<std::string_view>& pieces) {
  std::vector<std::string_view> out;
  out.reserve(pieces.size());
  for (const std::string_view piece : pieces) {
    for (size_t at = 0; at < piece.size();) {
      const size_t end = scanner.piece_end(piece, at, scanner.rules);
      out.push_back(piece.substr(at, end - at));
      at = end;
    }
  }
  pieces.swap(out);
}

size_t class_end(std::string_view text, size_t at, Class bits) {
  for (Character c = character_at(text, at); c.is(bits); c = character_at(text, at)) at += c.bytes;
  return at;
}

size_t scan_spaces(std::string_view text, size_t at) {
  size_t last = at, end = at;
  for (Character c = character_at(text, end); c.is(kSpace); c = character_at(text, end)) {
    last = end;
    end += c.bytes;
  }
  // The last space before a word goes with the word.
  return end < text.size() && last > at ? last : end;
}

size_t scan_spaces_and_newlines(std::string_view text, size_t at) {
  size_t end = at, behind_newline = at;
  for (Character c = character_at(text, end); c.is(kSpace); c = character_at(text, end)) {
    end += c.bytes;
    if (c.is_newline()) behind_newline = end;
  }
  return behind_newline > at ? behind_newline : scan_spaces(text, at);
}

size_t contraction_end(std::string_view text, size_t at, bool any_case) {
  const auto letter = [&](size_t i) {
    const char c = i < text.size() ? text[i] : '\0';
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (letter(at) != '\'') return at;
  const char a = letter(at + 1), b = letter(at + 2);
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return at + 2;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return at + 3;
  return at;
}

namespace {

bool may_precede(Before before, const Character& c) {
  return before == Before::any_space ? c.is(kSpace) : before == Before::blank && c.code == ' ';
}

// End of the match that begins at `at`, or `at`.
size_t class_match(std::string_view text, size_t at, const ScanRules& rules) {
  size_t end = at;
  Character c = character_at(text, end);
  if (may_precede(rules.before, c)) {
    const Character next = character_at(text, at + c.bytes);
    if (next.bytes > 0 && rules.in(next)) end += c.bytes, c = next;
  }
  uint32_t count = 0;
  for (; count < rules.most && c.bytes > 0 && rules.in(c); ++count) {
    end += c.bytes;
    c = character_at(text, end);
  }
  return count >= rules.least ? end : at;
}

}  // namespace

size_t scan_class(std::string_view text, size_t at, const ScanRules& rules) {
  return match_or_gap_end(text, at, rules, class_match);
}

size_t scan_trailing_spaces(std::string_view text, size_t at, const ScanRules&) {
  size_t spaces = at;  // where the spaces begin that end here
  for (size_t end = at; end < text.size();) {
    const Character c = character_at(text, end);
    end += c.bytes;
    if (!c.is(kSpace)) spaces = end;
  }
  return spaces > at ? spaces : text.size();
}

}  // namespace straddle::text
