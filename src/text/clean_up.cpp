#include "text/clean_up.h"

#include <string_view>

namespace straddle::text {
namespace {

// Each pass reads the whole text that the one before left, and never touches its first character's
// left side: a space at the very start counts too.
template <class Drop>
std::string without_spaces(std::string_view text, Drop drop) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ' ' || !drop(text, i)) out += text[i];
  }
  return out;
}

char at(std::string_view text, size_t i) { return i < text.size() ? text[i] : '\0'; }

bool before_mark(std::string_view text, size_t space) {
  const char next = at(text, space + 1);
  return next == '?' || next == '!' || next == '.' || next == ',';
}

// The end of 's 'm 're 've behind the space.
bool before_contraction(std::string_view text, size_t space) {
  if (at(text, space + 1) != '\'') return false;
  const char a = at(text, space + 2), b = at(text, space + 3);
  return a == 's' || a == 'm' || ((a == 'r' || a == 'v') && b == 'e');
}

// " ' " loses both spaces; the second of them cannot begin another " ' ".
std::string without_lone_apostrophes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == " ' ") {
      out += '\'';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string clean_up_spaces(std::string text) {
  text = without_spaces(text, before_mark);
  text = without_lone_apostrophes(text);
  return without_spaces(text, before_contraction);
}

}  // namespace straddle::text
