// tokenizer.ggml.model = rwkv: from the left the longest token, in bytes.
//
// The file writes tokens as Python would a bytes literal: \n, \t, \r, \\, \', \x1F.
#include <memory>

#include "text/byte_token.h"
#include "text/family.h"
#include "text/piece_trie.h"

namespace straddle::text {
namespace {

// An escape that is none stands for itself.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at];
      continue;
    }
    const char kind = text[++at];
    const auto byte = kind == 'x' ? byte_of_hex(text.substr(at + 1, 2)) : std::nullopt;
    if (byte) {
      out += static_cast<char>(*byte);
      at += 2;
    } else {
      out += kind == 'n' ? '\n' : kind == 't' ? '\t' : kind == 'r' ? '\r' : kind;
    }
  }
  return out;
}

StringTable bytes_of_tokens(const Vocabulary& vocabulary) {
  StringTable out;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    const bool literal = vocabulary.type(id) == TokenType::control ||
                         vocabulary.type(id) == TokenType::unknown ||
                         vocabulary.type(id) == TokenType::user_defined;
    out.add(literal ? std::string(vocabulary.text(id)) : unescaped(vocabulary.text(id)));
  }
  return out;
}

std::vector<PieceTrie::Piece> pieces_of(const Vocabulary& vocabulary, const StringTable& texts) {
  std::vector<PieceTrie::Piece> out;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    if (vocabulary.matches_text(id)) out.push_back({texts[static_cast<size_t>(id)], id});
  }
  return out;
}

// A byte that begins no token becomes the unknown token, if there is one.
void encode_bytes(const PieceTrie& trie, std::optional<TokenId> unknown, const PlainText& plain,
                  std::vector<TokenId>& out) {
  for (size_t at = 0; at < plain.text.size();) {
    const auto match = trie.longest(plain.text, at, [&](TokenId id) { return !plain.refuses(id); });
    if (match.bytes > 0) {
      out.push_back(match.id);
    } else if (unknown && !plain.refuses(*unknown)) {
      out.push_back(*unknown);
    }
    at += std::max<size_t>(1, match.bytes);
  }
}

}  // namespace

Result<Defaults> rwkv_defaults(const gguf::File&, Warnings&) { return Defaults{}; }

Result<Codec> make_rwkv(const gguf::File&, const Vocabulary& vocabulary, Warnings& warnings) {
  Codec codec;
  codec.shown = bytes_of_tokens(vocabulary);
  auto trie = std::make_shared<const PieceTrie>(pieces_of(vocabulary, codec.shown), warnings);
  codec.encode = [trie, unknown = vocabulary.unknown](const PlainText& plain,
                                                      std::vector<TokenId>& out) {
    encode_bytes(*trie, unknown, plain, out);
  };
  return codec;
}

}  // namespace straddle::text
