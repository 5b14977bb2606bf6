#include "base/result.h"

namespace straddle {
namespace {

void append_clean(std::string& out, const std::string& text) {
  for (unsigned char c : text) out += (c < 0x20 || c == 0x7f) ? '?' : char(c);
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
