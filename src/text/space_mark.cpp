#include "text/space_mark.h"

#include <algorithm>

#include "text/byte_token.h"

namespace straddle::text {

std::string with_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t mark = std::min(text.find(kSpaceMark, at), text.size());
    out += text.substr(at, mark - at);
    if (mark < text.size()) out += ' ';
    at = mark + kSpaceMark.size();
  }
  return out;
}

std::string shown_text(const Vocabulary& vocabulary, TokenId id) {
  const std::string_view text = vocabulary.text(id);
  const TokenType type = vocabulary.type(id);
  const auto byte = type == TokenType::byte ? byte_of(text) : std::nullopt;
  if (byte) return std::string(1, static_cast<char>(*byte));
  const bool literal = type != TokenType::normal && type != TokenType::unused;
  return literal ? std::string(text) : with_spaces(text);
}

StringTable shown_texts(const Vocabulary& vocabulary) {
  StringTable out;
  for (TokenId id = 0; vocabulary.has(id); ++id) out.add(shown_text(vocabulary, id));
  return out;
}

bool is_piece(const Vocabulary& vocabulary, TokenId id) {
  const std::string_view stored = vocabulary.text(id);
  return vocabulary.matches_text(id) && !stored.empty() && stored.find(' ') == stored.npos;
}

bool has_inner_space(std::string_view piece) {
  const size_t begin = piece.find_first_not_of(' ');
  return begin != piece.npos && piece.find(' ', begin) != piece.npos;
}

size_t word_end(std::string_view text, size_t at) {
  at = std::min(text.find_first_not_of(' ', at), text.size());
  return std::min(text.find(' ', at), text.size());
}

}  // namespace straddle::text
