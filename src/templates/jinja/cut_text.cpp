// How a text is cut and mended: what split() and replace() do as methods and as filters.
#include <algorithm>

#include "templates/characters.h"
#include "templates/jinja/interpreter.h"

namespace straddle::templates::jinja {
namespace {

struct Piece {
  size_t begin, end;
};

std::vector<Piece> split_by(std::string_view text, std::string_view separator, size_t most) {
  std::vector<Piece> out;
  size_t begin = 0;
  for (size_t at; out.size() < most && (at = text.find(separator, begin)) != text.npos;
       begin = at + separator.size())
    out.push_back({begin, at});
  out.push_back({begin, text.size()});
  return out;
}

std::vector<Piece> rsplit_by(std::string_view text, std::string_view separator, size_t most) {
  std::vector<Piece> out;
  size_t end = text.size();
  for (size_t at; out.size() < most && end >= separator.size() &&
                  (at = text.rfind(separator, end - separator.size())) != text.npos;
       end = at)
    out.push_back({at + separator.size(), end});
  out.push_back({0, end});
  std::reverse(out.begin(), out.end());
  return out;
}

// Runs of characters that are no white space; what is left over when the cuts are used up is one piece.
std::vector<Piece> split_by_space(std::string_view text, size_t most) {
  std::vector<Piece> out;
  for (size_t at = 0; at < text.size();) {
    at = text.size() - strip_left(text.substr(at)).size();
    if (at == text.size()) break;
    if (out.size() == most) {
      out.push_back({at, text.size()});
      break;
    }
    const size_t begin = at;
    while (at < text.size() && !is_space(character_at(text, at).code))
      at += character_at(text, at).bytes;
    out.push_back({begin, at});
  }
  return out;
}

std::vector<Piece> rsplit_by_space(std::string_view text, size_t most) {
  std::vector<Piece> words = split_by_space(text, SIZE_MAX);
  if (words.size() <= most) return words;
  const size_t kept = words.size() - most;
  const Piece head = {0, words[kept - 1].end};
  words.erase(words.begin(), words.begin() + std::ptrdiff_t(kept));
  words.insert(words.begin(), head);
  return words;
}

}  // namespace

Values split_text(Interpreter& in, const Value& text, const AttributedText* separator, Int most,
                  bool from_right) {
  const AttributedText& all = text.text();
  if (separator && separator->size() == 0) fail_with("empty separator");
  in.budget().spend_text(all.size());
  in.budget().need(all.size() * sizeof(Piece));
  const size_t cuts = most < 0 ? SIZE_MAX : size_t(std::min<Int>(most, Int(SIZE_MAX >> 1)));
  std::vector<Piece> pieces;
  if (separator) {
    pieces = (from_right ? rsplit_by : split_by)(all.bytes, separator->bytes, cuts);
  } else {
    pieces = (from_right ? rsplit_by_space : split_by_space)(all.bytes, cuts);
  }
  Values out;
  out.reserve(pieces.size());
  for (const Piece& piece : pieces) out.push_back(in.piece(all, piece.begin, piece.end));
  return out;
}

void replace_text(TextBuilder& out, const AttributedText& in, const AttributedText& old,
                  const AttributedText& by, Int most) {
  out.budget().spend_text(in.size());
  size_t at = 0;
  for (; most != 0; --most) {
    const size_t found = in.bytes.find(old.bytes, at);
    if (found == std::string::npos) break;
    out.add(in, at, found);
    out.add(by);
    at = found + old.size();
    if (old.size() > 0) continue;
    if (at >= in.size()) return;  // "" stands between all characters
    const size_t next = at + character_at(in.bytes, at).bytes;
    out.add(in, at, next);
    at = next;
  }
  out.add(in, at, in.size());
}

}  // namespace straddle::templates::jinja
