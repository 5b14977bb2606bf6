#include "templates/characters.h"

#include <utf8proc.h>

#include <algorithm>

namespace straddle::templates {
namespace {

utf8proc_category_t category(uint32_t code) {
  return code == kNoCharacter ? UTF8PROC_CATEGORY_CN : utf8proc_category(utf8proc_int32_t(code));
}

bool is_between(uint32_t code, utf8proc_category_t first, utf8proc_category_t last) {
  const auto c = category(code);
  return c >= first && c <= last;
}

uint32_t mapped(uint32_t code, utf8proc_int32_t (*map)(utf8proc_int32_t)) {
  return code == kNoCharacter ? code : uint32_t(map(utf8proc_int32_t(code)));
}

}  // namespace

size_t character_before(std::string_view text, size_t end) {
  size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
    --begin;
  return begin + character_at(text, begin).bytes == end ? begin : end - 1;
}

size_t count_characters(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) at += character_at(text, at).bytes;
  return count;
}

void append_character(std::string& out, uint32_t code) {
  if (code <= 0x10FFFF) append_utf8(out, code);
}

bool is_space(uint32_t code) {
  if (code < 0x80) return code == ' ' || (code >= 9 && code <= 13) || (code >= 0x1C && code <= 0x1F);
  return code == 0x85 || is_between(code, UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZP);
}

bool is_letter(uint32_t code) { return is_between(code, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO); }
bool is_decimal(uint32_t code) { return category(code) == UTF8PROC_CATEGORY_ND; }
bool is_number(uint32_t code) { return is_between(code, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO); }
bool is_upper(uint32_t code) { return category(code) == UTF8PROC_CATEGORY_LU; }
bool is_lower(uint32_t code) { return category(code) == UTF8PROC_CATEGORY_LL; }
bool is_title(uint32_t code) { return category(code) == UTF8PROC_CATEGORY_LT; }

bool is_printable(uint32_t code) {
  if (code < 0x7F) return code >= ' ';
  return category(code) != UTF8PROC_CATEGORY_CN &&
         !is_between(code, UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_CO);
}

bool ends_line(uint32_t code) {
  return (code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
         code == 0x2028 || code == 0x2029;
}

uint32_t to_upper(uint32_t code) { return mapped(code, utf8proc_toupper); }
uint32_t to_lower(uint32_t code) { return mapped(code, utf8proc_tolower); }
uint32_t to_title(uint32_t code) { return mapped(code, utf8proc_totitle); }

std::string_view strip_left(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const Character c = character_at(text, at);
    if (!is_space(c.code)) break;
    at += c.bytes;
  }
  return text.substr(at);
}

std::string_view strip_right(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    const size_t begin = character_before(text, end);
    if (!is_space(character_at(text, begin).code)) break;
    end = begin;
  }
  return text.substr(0, end);
}

}  // namespace straddle::templates
