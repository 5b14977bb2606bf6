// How BERT sees a text before WordPiece: cleaned, lower-cased, without accents, cut into words.
#pragma once
#include <string_view>

#include "text/string_table.h"

namespace straddle::text {

struct BertRules {
  bool lower_case = true, strip_accents = true;
};

// The words, each with U+2581 in front. Punctuation, ASCII symbols and ideographs are words alone.
StringTable bert_words(std::string_view text, const BertRules& rules);

}  // namespace straddle::text
