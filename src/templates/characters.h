// Characters as Python sees them: code points with Unicode's classes. A byte of no character stands
// alone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace straddle::templates {

using Character = Utf8Char;

inline Character character_at(std::string_view text, size_t at) { return decode_utf8(text, at); }
size_t character_before(std::string_view text, size_t end);  // where it begins; end > 0
size_t count_characters(std::string_view text);
void append_character(std::string& out, uint32_t code);

bool is_space(uint32_t code);
bool is_letter(uint32_t code);
bool is_decimal(uint32_t code);
bool is_number(uint32_t code);
bool is_upper(uint32_t code);
bool is_lower(uint32_t code);
bool is_title(uint32_t code);
bool is_printable(uint32_t code);  // as repr() shows it
bool ends_line(uint32_t code);     // as splitlines() cuts

uint32_t to_upper(uint32_t code);
uint32_t to_lower(uint32_t code);
uint32_t to_title(uint32_t code);

// `text` without white space at its ends.
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);

}  // namespace straddle::templates
