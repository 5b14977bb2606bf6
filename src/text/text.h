// Text <-> token ids, by the vocabulary that a GGUF file carries. Families of tokenizers are rows
// of a table (tokenizers.cpp), pre-tokenizers rows of another (pretokenizers.cpp).
// docs/tokenizers.md.
//
// A Tokenizer is a handle to content that never changes: copies are cheap and share it, and all may be
// used from several threads at once. It keeps nothing of the file that it was made from.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"

namespace straddle::text {

using TokenId = int32_t;

enum class TokenType : uint8_t { normal = 1, unknown, control, user_defined, unused, byte };

// Bytes [begin, end) of a text, or ids of a list.
struct Range {
  size_t begin, end;
};

using TokenSet = std::vector<bool>;  // by id

struct EncodeOptions {
  bool add_special = true;     // BOS / EOS where the vocabulary adds them
  bool parse_special = false;  // control tokens written out in the text become their ids
};

class Tokenizer {
 public:
  // warnings: one line each for what the file leaves open (an unknown pre-tokenizer name ...).
  static Result<Tokenizer> from(const gguf::File& file, std::vector<std::string>* warnings = nullptr);

  size_t size() const;
  // As stored in the file; empty out of range. Valid while a copy of the Tokenizer lives.
  std::string_view piece(TokenId id) const;
  TokenType type(TokenId id) const;
  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  bool adds_bos() const;
  bool ends_generation(TokenId id) const;  // by keys and names: docs/tokenizers.md

  // Any bytes: invalid UTF-8 loses no byte where the vocabulary has byte tokens. n log n.
  std::vector<TokenId> encode(std::string_view text, EncodeOptions options = {}) const;

  // What text from a message never becomes: tokens of type control or unknown, those that end
  // generation, and user-defined ones that are written out in `template_source` (but for white space).
  TokenSet guarded(std::string_view template_source) const;

  // A prompt that a chat template made, or as it was typed. Outside of `quoted` (in order, disjoint)
  // special tokens written out become their ids; inside of it, and across its ends, no token of
  // `guarded` does, neither cut out nor merged, while the other user-defined ones are cut out as always.
  // Nothing is put behind it: the model goes on from there. add_bos: where the vocabulary adds BOS, one
  // comes first, however many the text begins with (behind white space too); `found` counts these.
  std::vector<TokenId> encode_prompt(std::string_view text, std::span<const Range> quoted,
                                     const TokenSet& guarded, bool add_bos = true,
                                     size_t* found = nullptr) const;

  // Text of a whole list. special: control tokens are written out, else left out. Some vocabularies
  // lose spaces here (docs/tokenizers.md).
  std::string decode(std::span<const TokenId> ids, bool special = true) const;

  // What a token adds in the middle of a text, as raw bytes; empty for tokens that show nothing
  // (control ...) and out of range.
  std::string bytes(TokenId id) const;

 private:
  friend class StreamDecoder;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// Text as it comes, token by token: only whole UTF-8 characters leave; what is left at the end, and
// bytes of no character, become U+FFFD. No spaces are cleaned up. One per text, used by one thread at a
// time; it holds a copy of the Tokenizer.
class StreamDecoder {
 public:
  // prompt: the ids that came before; they decide whether a first space is shown. Not kept.
  StreamDecoder(Tokenizer tokenizer, std::span<const TokenId> prompt);
  std::string push(TokenId id);  // control tokens show nothing
  std::string finish();

 private:
  Tokenizer tokenizer_;
  std::string held_;
  bool at_start_;
};

}  // namespace straddle::text
