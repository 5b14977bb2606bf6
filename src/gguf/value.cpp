#include "gguf/value.h"

#include <array>

#include "gguf/put.h"

namespace straddle::gguf {
namespace {

struct TypeRow {
  std::string_view name;
  uint32_t bytes;
};

// Indexed by the type's number.
constexpr std::array<TypeRow, 13> kTypes = {{{"u8", 1},
                                             {"i8", 1},
                                             {"u16", 2},
                                             {"i16", 2},
                                             {"u32", 4},
                                             {"i32", 4},
                                             {"f32", 4},
                                             {"bool", 1},
                                             {"string", 0},
                                             {"array", 0},
                                             {"u64", 8},
                                             {"i64", 8},
                                             {"f64", 8}}};

tl::unexpected<Error> bad(std::string what, std::string hint = {}) {
  return fail(ErrorKind::bad_file, {}, std::move(what), std::move(hint));
}

tl::unexpected<Error> cut(const char* what) {
  return bad(std::string("the file ends inside ") + what, "download it again");
}

template <class T, class Wide>
Result<MetadataValue> scalar(Cursor& in, ValueType type) {
  T raw;
  if (!in.read(raw)) return cut("the value");
  return MetadataValue{type, Wide(raw)};
}

// Not 0 is true, as in ggml.
Result<MetadataValue> boolean(Cursor& in) {
  uint8_t raw;
  if (!in.read(raw)) return cut("the value");
  return MetadataValue{ValueType::boolean, raw != 0};
}

Result<std::string_view> text(Cursor& in) {
  uint64_t length;
  Cursor ahead = in;
  if (!ahead.read(length)) return cut("the length of a string");
  if (length > kMaxString || length > ahead.left())
    return bad("a string of " + std::to_string(length) + " bytes, but " + std::to_string(ahead.left()) +
                   " are left in the file",
               "download it again");
  std::string_view out;
  in.text(out);
  return out;
}

Result<MetadataValue> string_value(Cursor& in) {
  auto view = TRY(text(in));
  return MetadataValue{ValueType::string, view};
}

Status read_strings(Cursor& in, Array& out) {
  out.strings.reserve(out.count);  // justified: at least 8 bytes of file stand for each
  for (uint64_t i = 0; i < out.count; ++i) {
    auto view = TRY(text(in));
    out.strings.push_back(view);
  }
  return {};
}

Status read_elements(Cursor& in, Array& out) {
  const bool is_text = out.element == ValueType::string;
  const uint64_t least = is_text ? 8 : value_bytes(out.element);
  if (out.count > kMaxArray || out.count > in.left() / least)
    return bad("an array of " + std::to_string(out.count) + " elements, but " +
                   std::to_string(in.left()) + " bytes are left in the file",
               "download it again");
  if (!is_text) {
    in.take(out.count * least, out.bytes);
    return {};
  }
  Cursor start = in;
  TRY(read_strings(in, out));
  start.take(in.at() - start.at(), out.bytes);
  return {};
}

Result<MetadataValue> array(Cursor& in) {
  uint32_t element;
  Array out;
  if (!in.read(element) || !in.read(out.count)) return cut("the head of an array");
  if (element == uint32_t(ValueType::array)) return bad("an array of arrays is not supported");
  if (element >= kTypes.size()) return bad("unknown array element type " + std::to_string(element));
  out.element = ValueType(element);
  TRY(read_elements(in, out));
  return MetadataValue{ValueType::array, std::move(out)};
}

using Read = Result<MetadataValue> (*)(Cursor&, ValueType);

// Indexed by the type's number.
constexpr std::array<Read, 13> kReaders = {
    scalar<uint8_t, uint64_t>,
    scalar<int8_t, int64_t>,
    scalar<uint16_t, uint64_t>,
    scalar<int16_t, int64_t>,
    scalar<uint32_t, uint64_t>,
    scalar<int32_t, int64_t>,
    scalar<float, double>,
    [](Cursor& in, ValueType) { return boolean(in); },
    [](Cursor& in, ValueType) { return string_value(in); },
    [](Cursor& in, ValueType) { return array(in); },
    scalar<uint64_t, uint64_t>,
    scalar<int64_t, int64_t>,
    scalar<double, double>,
};

struct Encoder {
  ValueType type;
  std::vector<uint8_t>& out;

  // The low bytes are the narrow value: the machine is little-endian.
  void operator()(uint64_t value) { put_bytes(out, &value, value_bytes(type)); }
  void operator()(int64_t value) { put_bytes(out, &value, value_bytes(type)); }
  void operator()(bool value) { put(out, uint8_t(value)); }
  void operator()(double value) {
    if (type == ValueType::f32)
      put(out, float(value));
    else
      put(out, value);
  }
  void operator()(std::string_view value) { put_text(out, value); }
  void operator()(const Array& value) {
    put(out, uint32_t(value.element));
    put(out, value.count);
    put_bytes(out, value.bytes.data(), value.bytes.size());
  }
};

}  // namespace

uint32_t value_bytes(ValueType type) {
  return uint32_t(type) < kTypes.size() ? kTypes[uint32_t(type)].bytes : 0;
}

std::string_view type_name(ValueType type) {
  return uint32_t(type) < kTypes.size() ? kTypes[uint32_t(type)].name : "unknown";
}

MetadataValue element(const Array& array, uint64_t index) {
  if (array.element == ValueType::string) return {ValueType::string, array.strings[index]};
  const uint64_t size = value_bytes(array.element);
  Cursor in(array.bytes.subspan(index * size, size));
  return *kReaders[uint32_t(array.element)](in, array.element);  // whole: the array was checked
}

Result<MetadataValue> read_value(Cursor& in) {
  uint32_t type;
  if (!in.read(type)) return cut("the type");
  if (type >= kReaders.size()) return bad("unknown value type " + std::to_string(type));
  return kReaders[type](in, ValueType(type));
}

std::vector<uint8_t> encode(const MetadataValue& value) {
  std::vector<uint8_t> out;
  put(out, uint32_t(value.type));
  std::visit(Encoder{value.type, out}, value.data);
  return out;
}

std::string in_quotes(std::string_view name) {
  constexpr size_t kShown = 80;
  std::string out = "'";
  out.append(name.substr(0, kShown));
  if (name.size() > kShown) out += "...";
  return out += "'";
}

}  // namespace straddle::gguf
