#include "cli/size.h"

#include <array>
#include <charconv>

#include "base/checked.h"
#include "base/lower_case.h"

namespace straddle::cli {
namespace {

struct Unit {
  std::string_view name;
  uint64_t bytes;
};

constexpr std::array<Unit, 10> kUnits = {{{"", 1},
                                          {"b", 1},
                                          {"kb", 1000},
                                          {"mb", 1000'000},
                                          {"gb", 1000'000'000},
                                          {"tb", 1000'000'000'000},
                                          {"kib", uint64_t(1) << 10},
                                          {"mib", uint64_t(1) << 20},
                                          {"gib", uint64_t(1) << 30},
                                          {"tib", uint64_t(1) << 40}}};

constexpr size_t kMostDigits = 18;  // 64 bits hold them
constexpr uint64_t kMost = uint64_t(1) << 60;

std::optional<uint64_t> unit_bytes(std::string_view name) {
  for (const Unit& unit : kUnits)
    if (lower_case(name) == unit.name) return unit.bytes;
  return std::nullopt;
}

// "1.5" as 15 of 10.
struct Decimal {
  uint64_t number = 0, of = 1;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  const size_t dot = text.find('.');
  std::string digits(text);
  if (dot != text.npos) digits.erase(dot, 1);
  Decimal out;
  const char* end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, out.number);
  const bool ends_with_dot = dot == 0 || (dot != text.npos && dot + 1 == text.size());
  if (error != std::errc() || read != end || digits.size() > kMostDigits || ends_with_dot)
    return std::nullopt;
  for (size_t i = dot; dot != text.npos && i + 1 < text.size(); ++i) out.of *= 10;
  return out;
}

std::optional<uint64_t> bytes_of(std::string_view text) {
  const size_t end = text.find_last_of("0123456789.") + 1;  // 0: no digit at all
  const auto decimal = parse_decimal(text.substr(0, end));
  const auto unit = unit_bytes(text.substr(end));
  if (!decimal || !unit || (*unit == 1 && decimal->of > 1)) return std::nullopt;
  const auto whole = checked_mul(decimal->number / decimal->of, *unit);
  const auto part = checked_mul(decimal->number % decimal->of, *unit);
  if (!whole || !part || *whole > kMost) return std::nullopt;
  return *whole + *part / decimal->of;
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text, const std::string& where) {
  if (const auto bytes = bytes_of(text)) return *bytes;
  return fail(ErrorKind::usage, where, "'" + std::string(text) + "' is no size",
              "a number of bytes, or one with kB, MB, GB, TB, KiB, MiB, GiB or TiB: 12GiB, 300MB, 0");
}

}  // namespace straddle::cli
