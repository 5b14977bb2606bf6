// Numbers in the forms that % and format() ask for.
#pragma once
#include <string>

#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

inline constexpr Int kWidest = 1 << 20;   // of a field, in characters
inline constexpr Int kMostDigits = 1000;  // of a number, behind its point

struct NumberStyle {
  char type = 'g';         // d x X o b, e E f F g G %
  int precision = 6;       // 0 to kMostDigits
  bool alternate = false;  // '#': 0x before, a point always
  char sign = 0;           // '+' or ' ' stands before a positive number; '-' or 0: nothing
  char group = 0;          // ',' or '_' between groups of three
};

// Sign, prefix and digits.
struct NumberText {
  std::string sign, digits;
  std::string whole() const { return sign + digits; }
};

NumberText format_integer(Int number, const NumberStyle& style);
NumberText format_real(double number, const NumberStyle& style);

}  // namespace straddle::templates::jinja
