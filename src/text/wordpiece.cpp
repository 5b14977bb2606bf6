// tokenizer.ggml.model = bert: WordPiece. From the left the longest piece of each word; a word that
// cannot be written in pieces is the unknown token. Words stand between CLS and SEP.
//
// The file marks the start of a word with U+2581 (the originals mark what is inside of one).
#include <memory>

#include "text/bert_words.h"
#include "text/family.h"
#include "text/piece_trie.h"
#include "text/space_mark.h"

namespace straddle::text {
namespace {

struct WordPiece {
  PieceTrie trie;
  BertRules rules;
  std::optional<TokenId> unknown;
};

Result<BertRules> read_rules(const gguf::File& file) {
  auto lower_case = TRY(file.boolean("tokenizer.ggml.normalizer.lowercase", true));
  auto strip = TRY(file.boolean("tokenizer.ggml.normalizer.strip_accents", lower_case));
  return BertRules{lower_case, strip};
}

std::vector<PieceTrie::Piece> stored_pieces(const Vocabulary& vocabulary) {
  std::vector<PieceTrie::Piece> out;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    if (vocabulary.matches_text(id)) out.push_back({vocabulary.text(id), id});
  }
  return out;
}

void encode_word(const WordPiece& pieces, std::string_view word, const PlainText& plain,
                 std::vector<TokenId>& out) {
  const size_t before = out.size();
  for (size_t at = 0; at < word.size();) {
    const auto match = pieces.trie.longest(word, at, [&](TokenId id) { return !plain.refuses(id); });
    if (match.bytes == 0) {
      out.resize(before);
      if (pieces.unknown && !plain.refuses(*pieces.unknown)) out.push_back(*pieces.unknown);
      return;
    }
    out.push_back(match.id);
    at += match.bytes;
  }
}

}  // namespace

Result<Defaults> wordpiece_defaults(const gguf::File& file, Warnings&) {
  auto cls = TRY(file.integer("tokenizer.ggml.cls_token_id", 101));
  Defaults out{.adds_bos = true, .insists_on_bos = true, .unknown = 100, .separator = 102};
  if (cls <= 0x7FFFFFFF) out.bos = static_cast<TokenId>(cls);
  return out;
}

Result<Codec> make_wordpiece(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings) {
  auto rules = TRY(read_rules(file));
  auto pieces = std::make_shared<const WordPiece>(
      WordPiece{PieceTrie(stored_pieces(vocabulary), warnings), rules, vocabulary.unknown});
  Codec codec;
  codec.shown = shown_texts(vocabulary);
  codec.cleans_spaces = true;
  codec.encode = [pieces](const PlainText& plain, std::vector<TokenId>& out) {
    const StringTable words = bert_words(plain.text, pieces->rules);
    for (size_t i = 0; i < words.size(); ++i) encode_word(*pieces, words[i], plain, out);
  };
  return codec;
}

}  // namespace straddle::text
