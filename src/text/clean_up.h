// What decoding removes where a vocabulary asks for it (clean_up_tokenization_spaces).
#pragma once
#include <string>

namespace straddle::text {

// Removes the space before ? ! . , then both spaces around a lone apostrophe, then the space before
// 's 'm 're 've - as the goldens of byte-level vocabularies show.
std::string clean_up_spaces(std::string text);

}  // namespace straddle::text
