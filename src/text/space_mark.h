// U+2581: how vocabularies made of characters write a space in the file. Inside, a space is a space.
#pragma once
#include <string>
#include <string_view>

#include "text/vocabulary.h"

namespace straddle::text {

inline constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

// A text of the file with spaces where it has U+2581.
std::string with_spaces(std::string_view text);

// What a token shows: a byte token its byte, a special one its text as it stands, others with spaces.
std::string shown_text(const Vocabulary& vocabulary, TokenId id);
StringTable shown_texts(const Vocabulary& vocabulary);

// Whether plain text can become the token: a space in the file is no U+2581, and is never made of text.
bool is_piece(const Vocabulary& vocabulary, TokenId id);

// Where no piece has a space behind another character, none reaches over such a place in a text, and
// words can be encoded apart. (with spaces)
bool has_inner_space(std::string_view piece);

// End of the word that begins at `at`: the next space behind another character.
size_t word_end(std::string_view text, size_t at);

}  // namespace straddle::text
