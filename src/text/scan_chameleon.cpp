// The marks that chameleon's tokenizer sets apart: sentinels, images, tabs and indents.
#include "text/scanner.h"

namespace straddle::text {
namespace {

// <sentinel:[0-9]+>
size_t sentinel_end(std::string_view text, size_t at, const ScanRules&) {
  constexpr std::string_view kStart = "<sentinel:";
  if (text.substr(at, kStart.size()) != kStart) return at;
  const size_t digits = at + kStart.size();
  const size_t end = text.find_first_not_of("0123456789", digits);
  return end != text.npos && end > digits && text[end] == '>' ? end + 1 : at;
}

// IMGIMG[A-I]{1,4}Z
size_t image_end(std::string_view text, size_t at, const ScanRules&) {
  constexpr std::string_view kStart = "IMGIMG";
  if (text.substr(at, kStart.size()) != kStart) return at;
  const size_t letters = at + kStart.size();
  size_t end = letters;
  while (end < text.size() && end - letters < 4 && text[end] >= 'A' && text[end] <= 'I') ++end;
  return end > letters && end < text.size() && text[end] == 'Z' ? end + 1 : at;
}

// [\t\n]|    |  (four spaces, or two)
size_t indent_end(std::string_view text, size_t at, const ScanRules&) {
  if (text[at] == '\t' || text[at] == '\n') return at + 1;
  if (text.substr(at, 4) == "    ") return at + 4;
  return text.substr(at, 2) == "  " ? at + 2 : at;
}

}  // namespace

size_t scan_sentinels(std::string_view text, size_t at, const ScanRules& rules) {
  return match_or_gap_end(text, at, rules, sentinel_end);
}
size_t scan_images(std::string_view text, size_t at, const ScanRules& rules) {
  return match_or_gap_end(text, at, rules, image_end);
}
size_t scan_indents(std::string_view text, size_t at, const ScanRules& rules) {
  return match_or_gap_end(text, at, rules, indent_end);
}

}  // namespace straddle::text
