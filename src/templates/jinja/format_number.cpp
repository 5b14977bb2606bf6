#include "templates/jinja/format_number.h"

#include <cctype>
#include <cmath>
#include <cstdio>

#include "templates/jinja/numbers.h"

namespace straddle::templates::jinja {
namespace {

std::string sign_of(bool minus, char plus) {
  if (minus) return "-";
  return plus == 0 || plus == '-' ? "" : std::string(1, plus);
}

std::string upper_case(std::string text) {
  for (char& c : text) c = char(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string grouped(const std::string& digits, char mark) {
  if (mark == 0) return digits;
  const size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) out += mark;
    out += digits[i];
  }
  return out;
}

}  // namespace

NumberText format_integer(Int number, const NumberStyle& style) {
  const char small = char(style.type | 0x20);
  const unsigned base = small == 'x' ? 16 : small == 'o' ? 8 : small == 'b' ? 2 : 10;
  std::string digits = integer_text(number, base);
  if (number < 0) digits.erase(0, 1);
  std::string sign = sign_of(number < 0, style.sign);
  if (base == 10) return {sign, grouped(digits, style.group)};
  if (style.alternate) sign += std::string("0") + small;
  if (style.type != 'X') return {sign, digits};
  return {style.alternate ? sign.substr(0, sign.size() - 1) + "X" : sign, upper_case(digits)};
}

NumberText format_real(double number, const NumberStyle& style) {
  const std::string sign = sign_of(std::signbit(number) && !std::isnan(number), style.sign);
  const bool percent = style.type == '%', capitals = style.type >= 'A' && style.type <= 'Z';
  if (!std::isfinite(number)) {
    const std::string name = std::isnan(number) ? "nan" : "inf";
    return {sign, (capitals ? upper_case(name) : name) + (percent ? "%" : "")};
  }
  const char form[] = {'%', '.', '*', percent ? 'f' : style.type, 0};
  const char marked[] = {'%', '#', '.', '*', style.type, 0};
  const double shown = std::fabs(number) * (percent ? 100 : 1);
  std::string digits(size_t(style.precision) + 400, 0);
  const int size = std::snprintf(digits.data(), digits.size(),
                                 style.alternate && !percent ? marked : form, style.precision, shown);
  digits.resize(size_t(size < 0 ? 0 : size));
  return {sign, grouped(digits, style.group) + (percent ? "%" : "")};
}

}  // namespace straddle::templates::jinja
