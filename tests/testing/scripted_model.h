// A model that says what a script has: what it shows, and what a prompt must hold, is known to the
// letter.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gguf/gguf.h"
#include "text/text.h"

namespace straddle::testing {

struct Piece {
  std::string text;  // U+2581 in it is a space
  text::TokenType type = text::TokenType::normal;
};

struct Script {
  std::vector<Piece> said;                            // in this order behind `start`, then the end
  Piece start{"<|go|>", text::TokenType::control};    // ends every prompt that is answered
  std::vector<Piece> known = {};                      // never said: what prompts are made of
  std::vector<std::pair<size_t, size_t>> jumps = {};  // behind said[first] comes said[second]
  std::string chat_template = {};                     // empty: the file has none
  std::function<void(gguf::Writer&)> more_keys = {};
};

// Ids: 0 <unk>, 1 <bos>, 2 <eos>, 3 start, then those of `said`, then those of `known`.
inline constexpr text::TokenId kScriptBos = 1, kScriptEos = 2, kScriptStart = 3, kScriptSaid = 4;

// a to z, a colon and a space.
std::vector<Piece> letters();

// The file: a llama of one layer, without attention, in which each token is followed by one other.
gguf::Writer scripted_model(const Script& script);

}  // namespace straddle::testing
