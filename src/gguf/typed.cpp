#include "gguf/typed.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "gguf/cursor.h"
#include "gguf/value.h"

namespace straddle::gguf {
namespace {

std::string described(const Value& value) {
  const auto* array = std::get_if<Array>(&value.data);
  std::string out(type_name(value.type));
  return array ? out + " of " + std::string(type_name(array->element)) : out;
}

tl::unexpected<Error> wrong_type(std::string_view key, const Value& value, const char* wanted) {
  return fail(ErrorKind::bad_file, {},
              "key " + quoted(key) + " is of type " + described(value) + ", not " + wanted);
}

tl::unexpected<Error> does_not_fit(std::string_view key, const std::string& shown) {
  return fail(ErrorKind::bad_file, {}, "key " + quoted(key) + " is " + shown + ", out of range");
}

template <class T, class Out>
bool convert_as(Cursor& in, Out& out) {
  T raw{};
  in.read(raw);
  if constexpr (std::is_same_v<T, uint64_t> && std::is_same_v<Out, int64_t>)
    if (raw > uint64_t(INT64_MAX)) return false;
  out = Out(raw);
  return true;
}

// Reads one packed element of the given type; false where it does not fit.
template <class Out>
using Convert = bool (*)(Cursor&, Out&);

bool bool_as_integer(Cursor& in, int64_t& out) {
  uint8_t raw = 0;
  in.read(raw);
  out = raw != 0;
  return true;
}

// Null: not a type that this kind of list may have.
Convert<int64_t> integer_reader(ValueType type) {
  switch (type) {
    case ValueType::u8:
      return convert_as<uint8_t, int64_t>;
    case ValueType::i8:
      return convert_as<int8_t, int64_t>;
    case ValueType::u16:
      return convert_as<uint16_t, int64_t>;
    case ValueType::i16:
      return convert_as<int16_t, int64_t>;
    case ValueType::u32:
      return convert_as<uint32_t, int64_t>;
    case ValueType::i32:
      return convert_as<int32_t, int64_t>;
    case ValueType::u64:
      return convert_as<uint64_t, int64_t>;
    case ValueType::i64:
      return convert_as<int64_t, int64_t>;
    case ValueType::boolean:
      return bool_as_integer;
    default:
      return nullptr;
  }
}

// A double beyond float's range becomes infinity by way of a check, not by an undefined cast.
bool double_as_float(Cursor& in, float& out) {
  double raw = 0;
  in.read(raw);
  if (std::isfinite(raw) && std::fabs(raw) > double(std::numeric_limits<float>::max())) return false;
  out = float(raw);
  return true;
}

Convert<float> number_reader(ValueType type) {
  switch (type) {
    case ValueType::u8:
      return convert_as<uint8_t, float>;
    case ValueType::i8:
      return convert_as<int8_t, float>;
    case ValueType::u16:
      return convert_as<uint16_t, float>;
    case ValueType::i16:
      return convert_as<int16_t, float>;
    case ValueType::u32:
      return convert_as<uint32_t, float>;
    case ValueType::i32:
      return convert_as<int32_t, float>;
    case ValueType::u64:
      return convert_as<uint64_t, float>;
    case ValueType::i64:
      return convert_as<int64_t, float>;
    case ValueType::f32:
      return convert_as<float, float>;
    case ValueType::f64:
      return double_as_float;
    default:
      return nullptr;
  }
}

// The elements of an array, or a single value as an array of one.
struct Elements {
  ValueType type;
  uint64_t count;
  std::vector<uint8_t> single;
  std::span<const uint8_t> bytes;
};

Elements elements_of(const Value& value) {
  if (const auto* array = std::get_if<Array>(&value.data))
    return {array->element, array->count, {}, array->bytes};
  Elements out{value.type, 1, encode(value), {}};
  out.bytes = std::span<const uint8_t>(out.single).subspan(sizeof(uint32_t));  // behind the type
  return out;
}

template <class Out>
Result<std::vector<Out>> to_list(std::string_view key, const Value& value,
                                 Convert<Out> (*reader_of)(ValueType), const char* wanted) {
  const Elements elements = elements_of(value);
  const Convert<Out> convert = reader_of(elements.type);
  if (!convert) return wrong_type(key, value, wanted);
  Cursor in(elements.bytes);
  std::vector<Out> out(elements.count);
  for (Out& element : out)
    if (!convert(in, element)) return does_not_fit(key, "a list with a value");
  return out;
}

}  // namespace

Result<uint64_t> to_integer(std::string_view key, const Value& value) {
  if (const auto* found = std::get_if<uint64_t>(&value.data)) return *found;
  const auto* found = std::get_if<int64_t>(&value.data);
  if (!found) return wrong_type(key, value, "a whole number");
  if (*found < 0) return does_not_fit(key, std::to_string(*found));
  return uint64_t(*found);
}

Result<double> to_number(std::string_view key, const Value& value) {
  if (const auto* found = std::get_if<uint64_t>(&value.data)) return double(*found);
  if (const auto* found = std::get_if<int64_t>(&value.data)) return double(*found);
  const auto* found = std::get_if<double>(&value.data);
  if (!found) return wrong_type(key, value, "a number");
  if (!std::isfinite(*found)) return does_not_fit(key, "not finite");
  return *found;
}

Result<bool> to_boolean(std::string_view key, const Value& value) {
  if (const auto* found = std::get_if<bool>(&value.data)) return *found;
  return wrong_type(key, value, "bool");
}

Result<std::string_view> to_string(std::string_view key, const Value& value) {
  if (const auto* found = std::get_if<std::string_view>(&value.data)) return *found;
  return wrong_type(key, value, "string");
}

Result<std::vector<int64_t>> to_integers(std::string_view key, const Value& value) {
  return to_list<int64_t>(key, value, integer_reader, "whole numbers");
}

Result<std::vector<float>> to_numbers(std::string_view key, const Value& value) {
  return to_list<float>(key, value, number_reader, "numbers");
}

Result<std::span<const std::string_view>> to_strings(std::string_view key, const Value& value) {
  const auto* array = std::get_if<Array>(&value.data);
  if (!array || array->element != ValueType::string) return wrong_type(key, value, "array of string");
  return std::span<const std::string_view>(array->strings);
}

}  // namespace straddle::gguf
