// Byte tokens of vocabularies made of characters: "<0x0A>" is the byte 10.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "text/vocabulary.h"

namespace straddle::text {

std::optional<unsigned char> byte_of(std::string_view token);

// Two hexadecimal digits.
std::optional<unsigned char> byte_of_hex(std::string_view digits);

// The token of each byte; the unknown token, or none, where the vocabulary lacks it.
using ByteTokens = std::array<std::optional<TokenId>, 256>;
ByteTokens byte_tokens(const Vocabulary& vocabulary);

}  // namespace straddle::text
