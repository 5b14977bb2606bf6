// The alphabet of byte-level vocabularies: each byte is written as one printable character
// (GPT-2's bytes_to_unicode), so that a token's text is never raw bytes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace straddle::text {

// Appends the bytes that `printable` stands for; false (with `out` as it was) where a character is
// not in the alphabet.
bool append_bytes_of(std::string& out, std::string_view printable);

// The character that stands for a byte.
uint32_t printable_of(unsigned char byte);

}  // namespace straddle::text
