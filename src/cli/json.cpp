#include "cli/json.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

namespace straddle::cli {
namespace {

constexpr size_t kEscape = 6;  // characters of \uXXXX

// XXXX of the escape that stands at `at`; -1 where none does.
int escape_at(std::string_view text, size_t at) {
  if (text.substr(std::min(at, text.size()), 2) != "\\u" || text.size() - at < kEscape) return -1;
  unsigned value = 0;
  const char* end = text.data() + at + kEscape;
  const auto [read, error] = std::from_chars(text.data() + at + 2, end, value, 16);
  return error == std::errc() && read == end ? int(value) : -1;
}

bool is_high(int unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low(int unit) { return unit >= 0xdc00 && unit < 0xe000; }

// A backslash stands in strings only, and always before what it escapes.
void replace_half_pairs(std::string& text) {
  for (size_t at = text.find('\\'); at != text.npos; at = text.find('\\', at)) {
    const int unit = escape_at(text, at);
    const bool pair = is_high(unit) && is_low(escape_at(text, at + kEscape));
    if (!pair && (is_high(unit) || is_low(unit))) text.replace(at, kEscape, "\\ufffd");
    at += unit < 0 ? 2 : pair ? 2 * kEscape : kEscape;
  }
}

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

nlohmann::ordered_json parse_json(std::string text) {
  replace_half_pairs(text);
  return nlohmann::ordered_json::parse(text, nullptr, false);
}

std::string json_line(const nlohmann::ordered_json& json) { return text_of(json) + "\n"; }
std::string quoted_json(std::string_view text) { return text_of(text); }

}  // namespace straddle::cli
