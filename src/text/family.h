// A family of tokenizers: how the tokens of tokenizer.ggml.model are read and applied. The rows
// stand in tokenizers.cpp.
#pragma once
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace straddle::text {

struct PlainText {
  std::string_view text;
  bool after_special;       // it begins the text or follows a special token
  const TokenSet& refused;  // tokens that it must not become: none where the set is empty

  bool refuses(TokenId id) const { return holds(refused, id); }
};

// Appends the ids of plain text. Called from any thread; holds all that it needs.
using EncodePlain = std::function<void(const PlainText& text, std::vector<TokenId>& out)>;

// What a family makes of a file.
struct Codec {
  EncodePlain encode;
  bool composes = false;           // plain text is brought into NFC before (composed.h)
  StringTable shown;               // what each token puts into a text
  bool drops_first_space = false;  // decoding takes one space from the first token
  bool cleans_spaces = false;      // clean_up.h
};

struct Pretokenizer;

struct Family {
  std::string_view model;  // value of tokenizer.ggml.model
  Result<Defaults> (*defaults)(const gguf::File& file, Warnings& warnings);
  Result<Codec> (*make)(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings);
};

// sentencepiece.cpp
Result<Defaults> sentencepiece_defaults(const gguf::File& file, Warnings& warnings);
Result<Codec> make_sentencepiece(const gguf::File& file, const Vocabulary& vocabulary,
                                 Warnings& warnings);

// byte_level.cpp
Result<Defaults> byte_level_defaults(const gguf::File& file, Warnings& warnings);
Result<Codec> make_byte_level(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings);

// character_bpe.cpp
Result<Codec> make_character_bpe(const gguf::File& file, const Vocabulary& vocabulary,
                                 const Pretokenizer& pretokenizer, Warnings& warnings);
Result<Defaults> gemma4_defaults(const gguf::File& file, Warnings& warnings);
Result<Codec> make_gemma4(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings);

// wordpiece.cpp
Result<Defaults> wordpiece_defaults(const gguf::File& file, Warnings& warnings);
Result<Codec> make_wordpiece(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings);

// unigram.cpp
Result<Defaults> unigram_defaults(const gguf::File& file, Warnings& warnings);
Result<Codec> make_unigram(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings);

// rwkv.cpp
Result<Defaults> rwkv_defaults(const gguf::File& file, Warnings& warnings);
Result<Codec> make_rwkv(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings);

// plamo2.cpp
Result<Defaults> plamo2_defaults(const gguf::File& file, Warnings& warnings);
Result<Codec> make_plamo2(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings);

const Family* find_family(std::string_view model);

}  // namespace straddle::text
