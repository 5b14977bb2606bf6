#include "templates/jinja/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "templates/characters.h"

namespace straddle::templates::jinja {
namespace {

unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return unsigned(c - '0');
  const char small = char(c | 0x20);
  return small >= 'a' && small <= 'z' ? unsigned(small - 'a' + 10) : 99;
}

// Without its underscores, each of which must stand between two digits.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const bool between =
        i > 0 && i + 1 < text.size() && digit_of(text[i - 1]) < 36 && digit_of(text[i + 1]) < 36;
    if (!between) return std::nullopt;
  }
  return out;
}

// Takes a sign off; true for a minus.
bool take_sign(std::string_view& text) {
  const bool minus = !text.empty() && text[0] == '-';
  if (minus || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  return minus;
}

unsigned base_of_prefix(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char mark = char(text[1] | 0x20);
  return mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
}

}  // namespace

std::string integer_text(Int number, unsigned base) {
  std::string out;
  for (Int rest = number; rest != 0 || out.empty(); rest /= Int(base)) {
    const int digit = int(rest % Int(base));
    out += "0123456789abcdef"[digit < 0 ? -digit : digit];
  }
  if (number < 0) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

std::string real_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[40] = {};  // atoi needs its end
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, size_t(end - buffer));
  const size_t mark = text.find('e');
  const int exponent = std::atoi(buffer + mark + 1);
  if (exponent < -4 || exponent >= 16) return std::string(text);
  const auto plain = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed).ptr;
  std::string out(buffer, plain);
  return out.find('.') == out.npos ? out + ".0" : out;
}

std::optional<Int> read_integer(std::string_view text, unsigned base) {
  text = strip_left(strip_right(text));
  const bool minus = take_sign(text);
  const unsigned prefix = base_of_prefix(text);
  if (prefix != 10 && (base == 0 || base == prefix)) {
    base = prefix;
    text.remove_prefix(2);
  }
  if (base == 0) base = 10;
  const auto digits = without_underscores(text);
  if (!digits || digits->empty()) return std::nullopt;
  Int out = 0;
  for (const char c : *digits) {
    const unsigned digit = digit_of(c);
    if (digit >= base || __builtin_mul_overflow(out, Int(base), &out) ||
        __builtin_add_overflow(out, Int(digit), &out))
      return std::nullopt;
  }
  return minus ? -out : out;
}

std::optional<double> read_real(std::string_view text) {
  text = strip_left(strip_right(text));
  const bool minus = take_sign(text);
  const auto plain = without_underscores(text);
  if (!plain || plain->empty() || (*plain)[0] == '-' || (*plain)[0] == '+') return std::nullopt;
  double out = 0;
  const char* end = plain->data() + plain->size();
  const auto read = std::from_chars(plain->data(), end, out);
  if (read.ptr != end || read.ec == std::errc::invalid_argument) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) {
    const bool tiny = plain->find("e-") != plain->npos || plain->find("E-") != plain->npos;
    out = tiny ? 0.0 : HUGE_VAL;
  }
  return minus ? -out : out;
}

std::optional<Int> whole_part(double number) {
  if (!(std::fabs(number) < 0x1p126)) return std::nullopt;
  return Int(number);
}

}  // namespace straddle::templates::jinja
