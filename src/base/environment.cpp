#include "base/environment.h"

#include <cstdlib>
#include <string_view>

namespace straddle {
namespace {

bool has_our_prefix(std::string_view name) {
  return name.starts_with("STRADDLE_") || name.starts_with("OLLAMA_");
}

std::string trimmed(std::string_view value) {
  constexpr std::string_view kAround = " \t\r\n\"'";
  const size_t begin = value.find_first_not_of(kAround), end = value.find_last_not_of(kAround);
  return begin == value.npos ? std::string() : std::string(value.substr(begin, end - begin + 1));
}

}  // namespace

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value) return {};
  return has_our_prefix(name) ? trimmed(value) : value;
}

std::string straddle_or_ollama(const std::string& name) {
  std::string value = environment("STRADDLE_" + name);
  return value.empty() ? environment("OLLAMA_" + name) : value;
}

}  // namespace straddle
