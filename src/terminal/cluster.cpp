#include "terminal/cluster.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/utf8.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

constexpr int32_t kEmojiStyle = 0xFE0F;  // makes the character before it an emoji, two columns wide

bool is_ascii(char c) { return static_cast<uint8_t>(c) < 0x80; }

// Two characters of no special class are always apart, whatever stands before them.
bool is_plain(int32_t code) {
  return code < 0x80 || utf8proc_get_property(code)->boundclass == UTF8PROC_BOUNDCLASS_OTHER;
}

size_t start_of_character_before(std::string_view text, size_t at) {
  const size_t least = at > 4 ? at - 4 : 0;
  for (size_t start = at - 1; start + 1 > least; --start)
    if (const Character c = character_at(text, start); c.valid && start + c.bytes == at) return start;
  return at - 1;
}

// A border at or before `at` that can be told from its two neighbours alone.
size_t sure_border(std::string_view text, size_t at) {
  bool plain_behind = false;
  while (at > 0) {
    const size_t start = start_of_character_before(text, at);
    const bool plain = is_plain(character_at(text, start).code);
    if (plain && plain_behind) return at;
    plain_behind = plain;
    at = start;
  }
  return 0;
}

}  // namespace

Character character_at(std::string_view text, size_t at) {
  const Utf8Char c = decode_utf8(text, at);
  if (c.bytes == 0) return {0, 0, false};
  if (c.code == kNoCharacter) return {0xFFFD, 1, false};
  return {static_cast<int32_t>(c.code), c.bytes, true};
}

size_t next_border(std::string_view text, size_t at) {
  Character last = character_at(text, at);
  at += last.bytes;
  int32_t state = 0;
  while (at < text.size() && !(is_ascii(text[at]) && last.code < 0x80)) {
    const Character next = character_at(text, at);
    if (utf8proc_grapheme_break_stateful(last.code, next.code, &state)) break;
    at += next.bytes;
    last = next;
  }
  return at;
}

size_t previous_border(std::string_view text, size_t at) {
  if (at == 0) return 0;
  size_t border = sure_border(text, start_of_character_before(text, at));
  for (size_t next; (next = next_border(text, border)) < at;) border = next;
  return border;
}

size_t border_from(std::string_view text, size_t at) {
  if (at >= text.size()) return text.size();
  size_t border = sure_border(text, at);
  while (border < at) border = next_border(text, border);
  return border;
}

int character_columns(int32_t code) {
  if (code < 0x80) return code >= 0x20 && code < 0x7F;
  return std::max(0, utf8proc_charwidth(code));
}

int most_columns(std::string_view cluster) {
  int columns = 0;
  bool emoji = false;
  for (size_t at = 0; at < cluster.size();) {
    const Character c = character_at(cluster, at);
    columns += character_columns(c.code);
    emoji |= c.code == kEmojiStyle;
    at += c.bytes;
  }
  return emoji ? std::max(columns, 2) : columns;
}

int cluster_columns(std::string_view cluster) { return std::min(most_columns(cluster), 2); }

size_t display_width(std::string_view text) {
  size_t columns = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = next_border(text, at);
    columns += static_cast<size_t>(cluster_columns(text.substr(at, end - at)));
    at = end;
  }
  return columns;
}

}  // namespace straddle::terminal
