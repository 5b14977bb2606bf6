#include "gguf/typed.h"

#include <cmath>
#include <limits>
#include <optional>

#include "gguf/value.h"

namespace straddle::gguf {
namespace {

std::string described(const MetadataValue& value) {
  const auto* array = std::get_if<Array>(&value.data);
  std::string out(type_name(value.type));
  return array ? out + " of " + std::string(type_name(array->element)) : out;
}

tl::unexpected<Error> wrong_type(std::string_view key, const MetadataValue& value, const char* wanted) {
  return fail(ErrorKind::bad_file, {},
              "key " + in_quotes(key) + " is of type " + described(value) + ", not " + wanted);
}

tl::unexpected<Error> does_not_fit(std::string_view key, const std::string& shown) {
  return fail(ErrorKind::bad_file, {}, "key " + in_quotes(key) + " is " + shown + ", out of range");
}

// One element of a list; nullopt where it does not fit.
template <class Out>
using Convert = std::optional<Out> (*)(const MetadataValue&);

std::optional<int64_t> as_int64(const MetadataValue& value) {
  if (const auto* found = std::get_if<int64_t>(&value.data)) return *found;
  if (const auto* found = std::get_if<bool>(&value.data)) return *found;
  const auto* found = std::get_if<uint64_t>(&value.data);
  if (!found || *found > uint64_t(INT64_MAX)) return std::nullopt;
  return int64_t(*found);
}

std::optional<float> as_float(const MetadataValue& value) {
  if (const auto* found = std::get_if<int64_t>(&value.data)) return float(*found);
  if (const auto* found = std::get_if<uint64_t>(&value.data)) return float(*found);
  const auto* found = std::get_if<double>(&value.data);
  if (!found) return std::nullopt;
  if (std::isfinite(*found) && std::fabs(*found) > double(std::numeric_limits<float>::max()))
    return std::nullopt;
  return float(*found);
}

constexpr bool is_integer(ValueType type) {
  return type <= ValueType::i32 || type == ValueType::u64 || type == ValueType::i64;
}
constexpr bool counts_as_integer(ValueType type) {
  return is_integer(type) || type == ValueType::boolean;
}
constexpr bool is_number(ValueType type) {
  return is_integer(type) || type == ValueType::f32 || type == ValueType::f64;
}

template <class Out>
Result<std::vector<Out>> to_list(std::string_view key, const MetadataValue& value,
                                 bool (*allowed)(ValueType), Convert<Out> convert, const char* wanted) {
  const auto* array = std::get_if<Array>(&value.data);
  if (!allowed(array ? array->element : value.type)) return wrong_type(key, value, wanted);
  std::vector<Out> out;
  const uint64_t count = array ? array->count : 1;
  out.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    const auto converted = convert(array ? element(*array, i) : value);
    if (!converted)
      return does_not_fit(key, "a list whose element " + std::to_string(i) + " is too large");
    out.push_back(*converted);
  }
  return out;
}

}  // namespace

Result<uint64_t> to_integer(std::string_view key, const MetadataValue& value) {
  if (const auto* found = std::get_if<uint64_t>(&value.data)) return *found;
  const auto* found = std::get_if<int64_t>(&value.data);
  if (!found) return wrong_type(key, value, "a whole number");
  if (*found < 0) return does_not_fit(key, std::to_string(*found));
  return uint64_t(*found);
}

Result<double> to_number(std::string_view key, const MetadataValue& value) {
  if (const auto* found = std::get_if<uint64_t>(&value.data)) return double(*found);
  if (const auto* found = std::get_if<int64_t>(&value.data)) return double(*found);
  const auto* found = std::get_if<double>(&value.data);
  if (!found) return wrong_type(key, value, "a number");
  if (!std::isfinite(*found)) return does_not_fit(key, "not finite");
  return *found;
}

Result<bool> to_boolean(std::string_view key, const MetadataValue& value) {
  if (const auto* found = std::get_if<bool>(&value.data)) return *found;
  return wrong_type(key, value, "bool");
}

Result<std::string_view> to_string(std::string_view key, const MetadataValue& value) {
  if (const auto* found = std::get_if<std::string_view>(&value.data)) return *found;
  return wrong_type(key, value, "string");
}

Result<std::vector<int64_t>> to_integers(std::string_view key, const MetadataValue& value) {
  return to_list<int64_t>(key, value, counts_as_integer, as_int64, "whole numbers");
}

Result<std::vector<float>> to_numbers(std::string_view key, const MetadataValue& value) {
  return to_list<float>(key, value, is_number, as_float, "numbers");
}

Result<std::span<const std::string_view>> to_strings(std::string_view key, const MetadataValue& value) {
  const auto* array = std::get_if<Array>(&value.data);
  if (!array || array->element != ValueType::string) return wrong_type(key, value, "array of string");
  return std::span<const std::string_view>(array->strings);
}

}  // namespace straddle::gguf
