#include "templates/go/literals.h"

#include <charconv>
#include <cstdlib>
#include <optional>

#include "templates/budget.h"
#include "templates/characters.h"

namespace straddle::templates::go {
namespace {

[[noreturn]] void fail_text(std::string_view text) {
  fail_with("this is no text of Go: " + std::string(text.substr(0, 60)));
}
[[noreturn]] void fail_number(std::string_view text) {
  fail_with("this is no number: " + std::string(text.substr(0, 60)));
}

// Reads what stands between quotes, escape by escape.
class Unquoter {
 public:
  Unquoter(std::string_view whole, std::string_view inside) : whole_(whole), rest_(inside) {}

  bool done() const { return rest_.empty(); }

  // Appends the next character; its code, or its value where it is written as a byte.
  uint32_t next(std::string& out) {
    const char c = rest_[0];
    if (c == '\\') return escape(out);
    const Character character = character_at(rest_, 0);
    out += rest_.substr(0, character.bytes);
    rest_.remove_prefix(character.bytes);
    return character.code;
  }

 private:
  uint32_t escape(std::string& out) {
    if (rest_.size() < 2) fail_text(whole_);
    const char c = rest_[1];
    rest_.remove_prefix(2);
    switch (c) {
      case 'x':
        return byte(out, digits(2, 16));
      case 'u':
        return character(out, digits(4, 16));
      case 'U':
        return character(out, digits(8, 16));
      case '\\':
        return byte(out, '\\');
      default:
        break;
    }
    if (c == whole_[0]) return byte(out, uint32_t(c));
    static constexpr std::string_view kLetters = "abfnrtv", kBytes = "\a\b\f\n\r\t\v";
    if (const size_t at = kLetters.find(c); at != kLetters.npos) return byte(out, uint32_t(kBytes[at]));
    if (c < '0' || c > '7') fail_text(whole_);
    const uint32_t value = uint32_t(c - '0') * 64 + digits(2, 8);
    if (value > 255) fail_text(whole_);
    return byte(out, value);
  }

  uint32_t digits(size_t count, int base) {
    uint32_t value = 0;
    if (rest_.size() < count) fail_text(whole_);
    const auto end = std::from_chars(rest_.data(), rest_.data() + count, value, base);
    if (end.ptr != rest_.data() + count) fail_text(whole_);
    rest_.remove_prefix(count);
    return value;
  }

  static uint32_t byte(std::string& out, uint32_t value) {
    out += char(value);
    return value;
  }

  uint32_t character(std::string& out, uint32_t code) const {
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) fail_text(whole_);
    append_character(out, code);
    return code;
  }

  std::string_view whole_, rest_;
};

std::string raw(std::string_view inside) {
  std::string out;
  for (const char c : inside) {
    if (c != '\r') out += c;
  }
  return out;
}

int base_of(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char mark = char(digits[1] | 0x20);
  const int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
  digits.remove_prefix(base ? 2 : 1);
  return base ? base : 8;
}

// _ between digits, or between a prefix and digits.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  char before = '\0';
  for (const char c : text) {
    const bool digit_before = (before >= '0' && before <= '9') || (before | 0x20) >= 'a';
    if (c == '_' && (before == '_' || !digit_before)) return {};
    if (before == '_' && !((c >= '0' && c <= '9') || (c | 0x20) >= 'a')) return {};
    if (c != '_') out += c;
    before = c;
  }
  if (before == '_') return {};
  return out;
}

std::optional<int64_t> whole_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const int base = base_of(text);
  uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size()) return {};
  constexpr uint64_t kLargest = uint64_t(INT64_MAX);
  if (value > kLargest + (negative ? 1 : 0)) return {};
  return negative ? int64_t(0 - value) : int64_t(value);
}

std::optional<double> real_number(const std::string& text) {
  const std::string_view kAllowed = "+-0123456789.eExXpPabcdfABCDF";
  if (text.find_first_of("0123456789") == text.npos || text.find_first_not_of(kAllowed) != text.npos)
    return {};
  const bool hex = text.find_first_of("xX") != text.npos;
  if (hex && text.find_first_of("pP") == text.npos) return {};
  double value = 0;
  const char* begin = text.c_str() + (text[0] == '+' ? 1 : 0);
  const bool negative = *begin == '-';
  if (negative) ++begin;
  const char* end = text.c_str() + text.size();
  const auto read = hex ? std::from_chars(begin + 2, end, value, std::chars_format::hex)
                        : std::from_chars(begin, end, value);
  if (read.ec != std::errc() || read.ptr != end) return {};
  return negative ? -value : value;
}

}  // namespace

std::string unquoted(std::string_view quoted) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  if (quoted[0] == '`') return raw(inside);
  std::string out;
  for (Unquoter reader(quoted, inside); !reader.done();) reader.next(out);
  return out;
}

int64_t character_of(std::string_view quoted) {
  std::string out;
  Unquoter reader(quoted, quoted.substr(1, quoted.size() - 2));
  if (reader.done()) fail_text(quoted);
  const uint32_t code = reader.next(out);
  if (!reader.done()) fail_text(quoted);
  return code == kNoCharacter ? 0xFFFD : int64_t(code);
}

std::variant<int64_t, double> number_of(std::string_view text) {
  const auto plain = without_underscores(text);
  if (!plain) fail_number(text);
  if (const auto whole = whole_number(*plain)) return *whole;
  if (plain->find_first_of(".eEpP") == plain->npos) fail_number(text);
  const auto real = real_number(*plain);
  if (!real) fail_number(text);
  return *real;
}

}  // namespace straddle::templates::go
