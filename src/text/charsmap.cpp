#include "text/charsmap.h"

#include <algorithm>

namespace straddle::text {
namespace {

constexpr const char* kKey = "tokenizer.ggml.precompiled_charsmap";

// ---- a unit of the double array (darts-clone's darts.h)

bool has_leaf(uint32_t unit) { return (unit >> 8 & 1) != 0; }
uint32_t value(uint32_t unit) { return unit & 0x7FFFFFFF; }
uint32_t label(uint32_t unit) { return unit & 0x800000FF; }
uint32_t offset(uint32_t unit) { return (unit >> 10) << ((unit & 0x200) >> 6); }

uint32_t little_endian(std::span<const uint8_t> bytes, size_t at) {
  return uint32_t{bytes[at]} | uint32_t{bytes[at + 1]} << 8 | uint32_t{bytes[at + 2]} << 16 |
         uint32_t{bytes[at + 3]} << 24;
}

tl::unexpected<Error> bad(const gguf::File& file, const std::string& what) {
  return fail(ErrorKind::bad_file, file.path(), std::string(kKey) + what,
              "get or convert the file again");
}

Result<std::span<const uint8_t>> read_bytes(const gguf::File& file) {
  const gguf::MetadataValue* found = file.find(kKey);
  if (!found) return std::span<const uint8_t>();
  const auto* array = std::get_if<gguf::Array>(&found->data);
  if (!array || (array->element != gguf::ValueType::u8 && array->element != gguf::ValueType::i8)) {
    return bad(file, " is no list of bytes");
  }
  return array->bytes;
}

// Bytes of the longest replacement; nullopt where the last has no end.
std::optional<size_t> longest_text(std::string_view replacements) {
  size_t longest = 0, at = 0;
  while (at < replacements.size()) {
    const size_t end = replacements.find('\0', at);
    if (end == replacements.npos) return std::nullopt;
    longest = std::max(longest, end - at);
    at = end + 1;
  }
  return longest;
}

}  // namespace

Result<Charsmap> Charsmap::from(const gguf::File& file) {
  Charsmap out;
  auto bytes = TRY(read_bytes(file));
  if (bytes.empty()) return out;
  const size_t trie = bytes.size() < 4 ? 0 : little_endian(bytes, 0);
  if (bytes.size() < 4 || trie % 4 != 0 || trie > bytes.size() - 4) {
    return bad(file, " ends before its trie does");
  }
  for (size_t at = 4; at < 4 + trie; at += 4) out.units_.push_back(little_endian(bytes, at));
  out.replacements_.assign(bytes.begin() + 4 + static_cast<ptrdiff_t>(trie), bytes.end());
  const auto longest = longest_text(out.replacements_);
  if (!longest) return bad(file, " has a replacement without an end");
  if (*longest > kLongestReplacement) {
    return bad(file, " has a replacement of " + std::to_string(*longest) + " bytes, at most " +
                         std::to_string(kLongestReplacement) + " are read");
  }
  return out;
}

std::optional<Charsmap::Match> Charsmap::longest(std::string_view text, size_t at) const {
  std::optional<Match> out;
  if (units_.empty()) return out;
  text = text.substr(at, kLongestSource);
  size_t index = offset(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    index ^= byte;
    const auto node = unit(index);
    if (byte == 0 || !node || label(*node) != byte) break;
    index ^= offset(*node);
    if (!has_leaf(*node)) continue;
    const auto leaf = unit(index);
    if (!leaf || value(*leaf) >= replacements_.size()) break;
    const size_t begin = value(*leaf), end = replacements_.find('\0', begin);
    out = {i + 1, std::string_view(replacements_).substr(begin, end - begin)};
  }
  return out;
}

}  // namespace straddle::text
