#include "cli/number_text.h"

#include <cmath>
#include <cstdio>

namespace straddle::cli {
namespace {

std::string with_decimals(double value, int decimals, const char* unit) {
  char out[64];
  std::snprintf(out, sizeof(out), "%.*f%s", value == std::floor(value) ? 0 : decimals, value, unit);
  return out;
}

// A number without the zeros at its end.
std::string trimmed(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string out = text;
  if (out.find('.') != out.npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out;
}

}  // namespace

std::string short_bytes(uint64_t bytes) {
  struct Unit {
    uint64_t bytes;
    const char* name;
  };
  constexpr Unit kUnits[] = {
      {1'000'000'000'000, " TB"}, {1'000'000'000, " GB"}, {1'000'000, " MB"}, {1'000, " KB"}};
  for (const Unit& unit : kUnits)
    if (bytes >= 10 * unit.bytes)
      return std::to_string(bytes / unit.bytes) + unit.name;  // cut, not rounded
    else if (bytes >= unit.bytes)
      return with_decimals(double(bytes) / double(unit.bytes), 1, unit.name);
  return std::to_string(bytes) + " B";
}

namespace {

std::string long_duration(int64_t seconds) {
  const auto many = [](int64_t count, const char* unit) { return std::to_string(count) + " " + unit; };
  const int64_t minutes = seconds / 60, hours = (seconds + 1800) / 3600;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return many(seconds, "seconds");
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return many(minutes, "minutes");
  if (hours == 1) return "About an hour";
  if (hours < 48) return many(hours, "hours");
  if (hours < 336) return many(hours / 24, "days");
  if (hours < 1440) return many(hours / 24 / 7, "weeks");
  if (hours < 17520) return many(hours / 24 / 30, "months");
  return many(seconds / 3600 / 24 / 365, "years");
}

}  // namespace

std::string age_text(std::chrono::seconds age) {
  const int64_t seconds = age.count();
  return seconds < 0 ? long_duration(-seconds) + " from now" : long_duration(seconds) + " ago";
}

std::string duration_text(std::chrono::nanoseconds duration) {
  const int64_t ns = duration.count();
  if (ns < 1000) return std::to_string(ns) + "ns";
  if (ns < 1000000) return trimmed(double(ns) / 1e3, 3) + "µs";
  if (ns < 1000000000) return trimmed(double(ns) / 1e6, 6) + "ms";
  const int64_t minutes = ns / 60000000000, hours = minutes / 60;
  std::string out;
  if (hours > 0) out += std::to_string(hours) + "h";
  if (minutes > 0) out += std::to_string(minutes % 60) + "m";
  return out + trimmed(double(ns % 60000000000) / 1e9, 9) + "s";
}

}  // namespace straddle::cli
