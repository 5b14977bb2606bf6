#include "base/result.h"

namespace straddle {
namespace {

// Controls of one byte, and the C1 controls that UTF-8 writes as C2 80 .. C2 9F.
void append_clean(std::string& out, const std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    out += c < 0x20 || c == 0x7f || c1 ? '?' : text[i];
    i += c1;
  }
}

}  // namespace

std::string one_line(const Error& error) {
  std::string out;
  append_clean(out, error.where);
  if (!out.empty()) out += ": ";
  append_clean(out, error.what);
  if (!error.hint.empty()) {
    out += " (";
    append_clean(out, error.hint);
    out += ")";
  }
  return out;
}

}  // namespace straddle
