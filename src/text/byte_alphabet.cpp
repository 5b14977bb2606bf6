#include "text/byte_alphabet.h"

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace straddle::text {
namespace {

constexpr uint32_t kCodes = 0x144;  // the highest printable is U+0143
constexpr int16_t kNone = -1;

constexpr bool stands_for_itself(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// The others become U+0100, U+0101 ... in order of their value.
constexpr std::array<uint16_t, 256> printables() {
  std::array<uint16_t, 256> out{};
  uint16_t next = 0x100;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    out[byte] = stands_for_itself(byte) ? static_cast<uint16_t>(byte) : next++;
  }
  return out;
}

constexpr std::array<uint16_t, 256> kPrintable = printables();

constexpr std::array<int16_t, kCodes> bytes_by_code() {
  std::array<int16_t, kCodes> out{};
  for (int16_t& byte : out) byte = kNone;
  for (int16_t byte = 0; byte < 256; ++byte) out[kPrintable[static_cast<size_t>(byte)]] = byte;
  return out;
}

constexpr std::array<int16_t, kCodes> kByte = bytes_by_code();

}  // namespace

uint32_t printable_of(unsigned char byte) { return kPrintable[byte]; }

bool append_bytes_of(std::string& out, std::string_view printable) {
  const size_t before = out.size();
  for (size_t at = 0; at < printable.size();) {
    const Utf8Char c = decode_utf8(printable, at);
    if (c.code >= kCodes || kByte[c.code] == kNone) {
      out.resize(before);
      return false;
    }
    out += static_cast<char>(kByte[c.code]);
    at += c.bytes;
  }
  return true;
}

}  // namespace straddle::text
