// Pre-tokenizers: how a text is cut into words before merges are applied, by the name that a file
// gives in tokenizer.ggml.pre. One row each; docs/adding-a-pretokenizer.md shows how to add one.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "text/scanner.h"
#include "text/vocabulary.h"

namespace straddle::text {

// What becomes of plain text before it is cut: nothing, or composed.h.
enum class Normaliser : uint8_t { none, nfc };

// Whether BOS is added: where the file does not say, or whatever it says.
enum class Bos : uint8_t { no, yes, always };

struct Pretokenizer {
  std::string_view name;
  std::span<const Scanner> scanners;  // applied in order, each to all pieces of the one before
  bool cleans_spaces = true;          // decoding removes spaces before punctuation (clean_up.h)
  Normaliser normaliser = Normaliser::none;
  bool whole_words_first = false;  // a word that is a token is not merged together
  Bos bos = Bos::no;
  bool of_characters = false;  // tokens are text with U+2581 for a space, not bytes (character_bpe.cpp)
};

std::span<const Pretokenizer> all_pretokenizers();

// Null where the name is unknown.
const Pretokenizer* find_pretokenizer(std::string_view name);

// For files that name none, or one that nobody knows.
const Pretokenizer& default_pretokenizer();

Defaults defaults_of(const Pretokenizer& pretokenizer);

// The words of `text`: together they are the text.
std::vector<std::string_view> cut_words(const Pretokenizer& pretokenizer, std::string_view text);

}  // namespace straddle::text
