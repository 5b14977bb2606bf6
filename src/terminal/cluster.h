// Grapheme clusters: what a person takes for one character, by Unicode's UAX 29.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace straddle::terminal {

struct Character {
  int32_t code;  // U+FFFD for a byte that is no UTF-8
  size_t bytes;  // 0 at the end of the text
  bool valid;
};
Character character_at(std::string_view text, size_t at);

// Borders of clusters. Both ends of the text are borders; `at` is where a character begins.
size_t next_border(std::string_view text, size_t at);      // after `at`, which is a border
size_t previous_border(std::string_view text, size_t at);  // the last one before `at`; 0 at the start
size_t border_from(std::string_view text, size_t at);      // the first one from `at` on

// Columns of one cluster in a terminal that joins its characters, and in one that does not: rows are
// broken by the second, so that none is too long anywhere.
int cluster_columns(std::string_view cluster);
int most_columns(std::string_view cluster);

// Columns of a character alone; 0 for control characters.
int character_columns(int32_t code);

}  // namespace straddle::terminal
