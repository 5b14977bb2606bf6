// The tokens of a file and the few that have a role, as the file's keys and our table of names say.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"
#include "text/string_table.h"
#include "text/text.h"

namespace straddle::text {

using Warnings = std::vector<std::string>;

// One line for the user, without control characters.
void warn(Warnings& warnings, std::string what);

// A name from a file in quotes, cut where it is too long for a line.
std::string in_quotes(std::string_view name);

inline bool holds(const TokenSet& set, TokenId id) {
  return id >= 0 && static_cast<size_t>(id) < set.size() && set[static_cast<size_t>(id)];
}

// What a family of tokenizers takes for granted where the file has no key for it.
struct Defaults {
  bool adds_bos = false;
  bool insists_on_bos = false;  // whatever the file says
  bool adds_eos = false;
  bool space_prefix = false;
  std::optional<TokenId> bos, eos, unknown;
  std::optional<TokenId> separator;  // a family that has one ends every text with it
};

struct Vocabulary {
  StringTable texts;  // as stored in the file
  std::vector<TokenType> types;
  std::vector<float> scores;  // empty where the file has none
  TokenSet ends;              // end of generation
  TokenSet named;             // ... or a mark of fill-in-the-middle, if the name were all that counts
  std::optional<TokenId> bos, eos, unknown;
  bool adds_bos = false;
  std::optional<TokenId> closing;  // what comes behind a text that gets its special tokens
  bool space_prefix = false;

  size_t size() const { return texts.size(); }
  bool has(TokenId id) const { return id >= 0 && static_cast<size_t>(id) < size(); }
  TokenType type(TokenId id) const { return types[static_cast<size_t>(id)]; }
  std::string_view text(TokenId id) const { return texts[static_cast<size_t>(id)]; }

  // Tokens that plain text may become: control, unknown and byte tokens never match by their text.
  bool matches_text(TokenId id) const {
    const TokenType t = type(id);
    return t == TokenType::normal || t == TokenType::user_defined || t == TokenType::unused;
  }
};

Result<Vocabulary> read_vocabulary(const gguf::File& file, const Defaults& defaults, Warnings& warnings);

// The ids that a key names, alone or as a list; those outside the vocabulary are warned of and left out.
Result<std::vector<TokenId>> read_token_ids(const gguf::File& file, const char* key,
                                            const Vocabulary& vocabulary, Warnings& warnings);

// Fills `ends` and `named` by names and keys (but for eos), and makes control tokens of names in a file
// that has no token types: text that a user writes must not end an answer. special_names.cpp has the
// rules.
Status give_roles(const gguf::File& file, Vocabulary& vocabulary, Warnings& warnings);

}  // namespace straddle::text
