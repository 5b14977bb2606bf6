// Unicode's composed form (NFC): e and a combining accent become é, jamo become a syllable. Texts that
// macOS or some keyboards wrote come decomposed; tokenizers whose vocabulary was made of composed text
// want it so.
#pragma once
#include <string>
#include <string_view>

namespace straddle::text {

// `text`, or its composed form in `room`. Bytes of no character stay as they are, and nothing composes
// over them. Linear in any text.
std::string_view composed(std::string_view text, std::string& room);

}  // namespace straddle::text
