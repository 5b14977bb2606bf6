// Vocabularies of pieces made of characters: text is characters, joined pair by pair; a character that
// is no piece becomes byte tokens. The families differ in which pairs join first.
//
// Inside, a space is a space: U+2581, which stands for it in the file, is replaced on both sides. (A
// U+2581 in a text is a space to these vocabularies as well.)
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "text/byte_token.h"
#include "text/family.h"
#include "text/pair_table.h"
#include "text/string_table.h"
#include "text/text_index.h"
#include "text/vocabulary.h"

namespace straddle::text {

struct Pieces {
  StringTable texts;                // with spaces; what a token shows
  TextIndex index;                  // into texts
  std::vector<float> scores;        // the pair whose joined piece scores highest, or
  std::optional<PairTable> merges;  // where present: the pair of the lowest rank
  ByteTokens bytes;
  size_t longest = 0;
  bool space_prefix = false;
  bool words_apart = true;   // no piece has a space behind another character
  bool lines_apart = false;  // nothing joins over a newline
  SymbolId tokens = 0;       // symbols from here on are characters that are no piece
};

// Texts, index and bytes of a vocabulary; neither scores nor merges. In place, because the index
// points into the texts.
void read_pieces(const Vocabulary& vocabulary, Pieces& pieces);

// A text of the file with spaces where it has U+2581.
std::string with_spaces(std::string_view text);

// The symbol that a text (with spaces) has as a piece or as a single character; nullopt if neither.
std::optional<SymbolId> symbol_of(const Pieces& pieces, std::string_view text);

// Appends the ids of plain text.
void encode_pieces(const Pieces& pieces, const PlainText& text, std::vector<TokenId>& out);

}  // namespace straddle::text
