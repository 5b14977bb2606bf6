// Values as the numbers and texts that a caller asks for. Errors name key and value, not the file.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"

namespace straddle::gguf {

Result<uint64_t> to_integer(std::string_view key, const MetadataValue& value);
Result<double> to_number(std::string_view key, const MetadataValue& value);
Result<bool> to_boolean(std::string_view key, const MetadataValue& value);
Result<std::string_view> to_string(std::string_view key, const MetadataValue& value);
Result<std::vector<int64_t>> to_integers(std::string_view key, const MetadataValue& value);
Result<std::vector<float>> to_numbers(std::string_view key, const MetadataValue& value);
Result<std::span<const std::string_view>> to_strings(std::string_view key, const MetadataValue& value);

}  // namespace straddle::gguf
