#include "text/character.h"

#include <utf8proc.h>

namespace straddle::text {
namespace {

static_assert(kUpper == 1u << UTF8PROC_CATEGORY_LU && kLower == 1u << UTF8PROC_CATEGORY_LL &&
              kTitle == 1u << UTF8PROC_CATEGORY_LT && kModifierLetter == 1u << UTF8PROC_CATEGORY_LM &&
              kOtherLetter == 1u << UTF8PROC_CATEGORY_LO);
static_assert(kMark ==
              (1u << UTF8PROC_CATEGORY_MN | 1u << UTF8PROC_CATEGORY_MC | 1u << UTF8PROC_CATEGORY_ME));
static_assert(kNumber ==
              (1u << UTF8PROC_CATEGORY_ND | 1u << UTF8PROC_CATEGORY_NL | 1u << UTF8PROC_CATEGORY_NO));
static_assert(kPunctuation == (2u << UTF8PROC_CATEGORY_PO) - (1u << UTF8PROC_CATEGORY_PC));
static_assert(kDecimal == 1u << UTF8PROC_CATEGORY_ND && kConnector == 1u << UTF8PROC_CATEGORY_PC);
static_assert(kSymbol == (2u << UTF8PROC_CATEGORY_SO) - (1u << UTF8PROC_CATEGORY_SM));

constexpr Class kSeparator =
    1u << UTF8PROC_CATEGORY_ZS | 1u << UTF8PROC_CATEGORY_ZL | 1u << UTF8PROC_CATEGORY_ZP;

// White_Space is every separator, and the controls U+0009 to U+000D and U+0085.
Class from_unicode(uint32_t code) {
  const Class bits = 1u << utf8proc_category(static_cast<utf8proc_int32_t>(code));
  const bool space = (bits & kSeparator) || (code >= 9 && code <= 13) || code == 0x85;
  return space ? bits | kSpace : bits;
}

std::array<Class, 128> ascii_classes() {
  std::array<Class, 128> out;
  for (uint32_t code = 0; code < 128; ++code) out[code] = from_unicode(code);
  return out;
}

}  // namespace

const std::array<Class, 128> kAsciiClass = ascii_classes();

Class class_of(uint32_t code) { return from_unicode(code == kNoCharacter ? 0xFFFD : code); }

}  // namespace straddle::text
