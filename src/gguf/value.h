// One value of a key: how it is read from bytes, written to bytes and named to the user.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/cursor.h"
#include "gguf/gguf.h"

namespace straddle::gguf {

inline constexpr uint64_t kMaxString = uint64_t{1} << 30;  // bytes; as ggml
inline constexpr uint64_t kMaxArray = uint64_t{1} << 30;   // elements; as ggml

// Bytes of a value of fixed size; 0 for strings, arrays and unknown types.
uint32_t value_bytes(ValueType type);

// "u32", "string", "array" ...
std::string_view type_name(ValueType type);

// Reads a type number and the value behind it. Errors have no `where`: the caller knows the key.
Result<MetadataValue> read_value(Cursor& in);

// Type number and value, as they lie in a file.
std::vector<uint8_t> encode(const MetadataValue& value);

// A name from a file for a message: in quotes, cut to what fits a line.
std::string in_quotes(std::string_view name);

}  // namespace straddle::gguf
