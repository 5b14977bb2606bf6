// What a Tokenizer holds; shared by all its copies and never changed.
#pragma once
#include "text/family.h"
#include "text/special_tokens.h"
#include "text/text.h"

namespace straddle::text {

struct Tokenizer::Impl {
  Vocabulary vocabulary;
  Codec codec;
  SpecialTokens special;

  // Control and unknown tokens, and ids of no token.
  bool is_hidden(TokenId id) const {
    if (!vocabulary.has(id)) return true;
    const TokenType type = vocabulary.type(id);
    return type == TokenType::control || type == TokenType::unknown;
  }

  // What a token puts into a text; at its start a vocabulary with a space prefix takes one space back.
  std::string_view shown(TokenId id, bool at_start) const {
    if (!vocabulary.has(id)) return {};
    std::string_view text = codec.shown[static_cast<size_t>(id)];
    if (at_start && codec.drops_first_space && !text.empty() && text[0] == ' ') text.remove_prefix(1);
    return text;
  }
};

}  // namespace straddle::text
