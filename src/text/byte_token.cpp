#include "text/byte_token.h"

namespace straddle::text {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::optional<unsigned char> byte_of(std::string_view token) {
  if (token.size() != 6 || token.substr(0, 3) != "<0x" || token[5] != '>') return std::nullopt;
  return byte_of_hex(token.substr(3, 2));
}

std::optional<unsigned char> byte_of_hex(std::string_view digits) {
  if (digits.size() != 2) return std::nullopt;
  const int high = hex_digit(digits[0]), low = hex_digit(digits[1]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<unsigned char>(high * 16 + low);
}

ByteTokens byte_tokens(const Vocabulary& vocabulary) {
  ByteTokens out;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    const auto byte = byte_of(vocabulary.text(id));
    if (byte && vocabulary.type(id) != TokenType::control && !out[*byte]) out[*byte] = id;
  }
  for (auto& id : out) {
    if (!id) id = vocabulary.unknown;
  }
  return out;
}

}  // namespace straddle::text
