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
std::string quoted(std::string_view name);

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
  std::vector<bool> ends;     // end of generation
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

// Fills `ends`; tokens with a role that is known by name become control tokens, whatever the file
// says: text that a user writes must not end an answer. Table and rules: special_names.cpp.
void apply_special_names(const gguf::File& file, Vocabulary& vocabulary);

}  // namespace straddle::text
