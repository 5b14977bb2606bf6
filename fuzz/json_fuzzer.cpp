// Our acceptor of JSON beside nlohmann's: what we take whole is one object to it, and every object that
// it takes is taken by us, but for the bounds that we set (docs/sampling.md).
//
//   cmake --preset fuzz && cmake --build build/fuzz --target json_fuzzer
//   build/fuzz/fuzz/json_fuzzer -max_len=400 -max_total_time=600 /tmp/json-corpus
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sample/sample.h"

namespace {

using straddle::sample::JsonState;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// The e of a number, not that of true.
bool is_of_number(char c) {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}
bool is_other(char c) { return c != '"' && c != '-' && !is_digit(c) && !is_space(c); }

// Takes what `is` says from the front and returns it.
template <class Is>
std::string_view take(std::string_view& rest, Is is) {
  size_t n = 0;
  while (n < rest.size() && is(rest[n])) ++n;
  const std::string_view out = rest.substr(0, n);
  rest.remove_prefix(n);
  return out;
}

void skip_string(std::string_view& rest) {
  size_t end = 1;
  while (rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  rest.remove_prefix(end + 1);
}

bool within_bounds_number(std::string_view number) {
  while (!number.empty()) {
    const std::string_view sign = take(number, [](char c) { return !is_digit(c); });
    const bool exponent = sign.find_first_of("eE") != sign.npos;
    if (take(number, is_digit).size() > (exponent ? 2 : 20)) return false;
  }
  return true;
}

// REQUIRES: valid JSON. Does it keep to our bounds on white space, digits and depth?
bool within_bounds(std::string_view rest) {
  int depth = 0;
  while (!rest.empty()) {
    const std::string_view spaces = take(rest, is_space);
    if (spaces.size() > 64 || spaces.find('\n', 1) != spaces.npos) return false;
    if (rest.empty()) return false;
    if (!within_bounds_number(take(rest, is_of_number))) return false;
    if (!rest.empty() && rest[0] == '"') skip_string(rest);
    for (const char c : take(rest, is_other)) {
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      if (depth > 64 || c == 0) return false;  // nlohmann takes a zero for the end
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  JsonState state;
  bool taken = true;
  for (size_t i = 0; taken && i < size; ++i) taken = state.accept(data[i]);
  const bool ours = taken && state.complete();
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (ours) require(parsed.is_object());
  const bool marked = text.substr(0, 3) == "\xEF\xBB\xBF";  // a byte order mark, which nlohmann skips
  if (parsed.is_object() && !marked && within_bounds(text)) require(ours);
  return 0;
}
