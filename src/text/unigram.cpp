// tokenizer.ggml.model = t5: SentencePiece's unigram model. Of all ways to write a text in pieces the
// one whose scores sum highest (Viterbi), after the file's own normalisation.
//
// Inside, a space is a space (space_mark.h).
#include <cmath>
#include <limits>
#include <memory>

#include "base/utf8.h"
#include "text/byte_token.h"
#include "text/charsmap.h"
#include "text/family.h"
#include "text/merge.h"
#include "text/piece_trie.h"
#include "text/space_mark.h"
#include "text/word_cache.h"

namespace straddle::text {
namespace {

constexpr double kUnknownPenalty = 10;  // below the lowest score (SentencePiece)

struct Unigram {
  PieceTrie trie;
  Charsmap charsmap;
  std::vector<float> scores;
  double unknown_score = 0;
  std::optional<TokenId> unknown;
  std::optional<ByteTokens> bytes;  // where the vocabulary has one for each
  bool space_prefix = false, merges_spaces = false;
  bool words_apart = false;
  HashKey cache_key = HashKey::random();
};

// ---- normalising

// Spaces as SentencePiece has them: one in front; where they are merged, none at the start and the end
// and one between words.
class Spacing {
 public:
  Spacing(const Unigram& unigram, size_t bytes) : unigram_(unigram) { out_.reserve(bytes + 1); }

  void add(std::string_view part) {
    for (const char c : part) {
      if (c == ' ' && unigram_.merges_spaces) {
        space_due_ = space_due_ || !out_.empty();
      } else {
        put(c);
      }
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void put(char c) {
    if ((out_.empty() && unigram_.space_prefix) || space_due_) out_ += ' ';
    space_due_ = false;
    out_ += c;
  }

  const Unigram& unigram_;
  std::string out_;
  bool space_due_ = false;
};

std::string normalised(const Unigram& unigram, std::string_view text) {
  Spacing out(unigram, text.size());
  for (size_t at = 0; at < text.size();) {
    if (const auto match = unigram.charsmap.longest(text, at)) {
      out.add(match->replacement);
      at += match->bytes;
      continue;
    }
    const Utf8Char c = decode_utf8(text, at);
    const bool lost = c.code == kNoCharacter && !unigram.bytes;
    out.add(lost ? "\xEF\xBF\xBD" : text.substr(at, c.bytes));
    at += c.bytes;
  }
  std::string spaced = with_spaces(out.take());
  if (unigram.merges_spaces) spaced.erase(spaced.find_last_not_of(' ') + 1);  // a U+2581 counts here
  return spaced;
}

// ---- encoding

// Encodes one text, word by word where that gives the same.
class UnigramEncoder {
 public:
  UnigramEncoder(const Unigram& unigram, const PlainText& plain, std::vector<TokenId>& out)
      : unigram_(unigram), plain_(plain), out_(out) {}

  void encode(std::string_view word) {
    for (; word.size() > kLongestWord; word.remove_prefix(kLongestWord)) {
      encode_short(word.substr(0, kLongestWord));
    }
    encode_short(word);
  }

 private:
  static constexpr TokenId kUnknown = -1, kUnreached = -2;

  // The best way to write what ends here: its last piece, and where that begins.
  struct Best {
    double score = 0;
    uint32_t begin = 0;
    TokenId id = kUnreached;
  };

  void encode_short(std::string_view word) {
    best_.assign(word.size() + 1, {});
    best_[0].id = kUnknown;
    for (size_t at = 0; at < word.size();) {
      const size_t character = decode_utf8(word, at).bytes;
      bool known = false;
      unigram_.trie.each(word, at, [&](TokenId id, size_t bytes) {
        if (plain_.refuses(id)) return;
        known = known || bytes == character;
        offer(at, bytes, id, unigram_.scores[static_cast<size_t>(id)]);
      });
      if (!known) offer(at, character, kUnknown, unigram_.unknown_score);
      at += character;
    }
    emit(word);
  }

  void offer(size_t begin, size_t bytes, TokenId id, double score) {
    Best& end = best_[begin + bytes];
    const double sum = best_[begin].score + score;
    if (end.id == kUnreached || sum > end.score) end = {sum, static_cast<uint32_t>(begin), id};
  }

  void emit(std::string_view word) {
    path_.clear();
    for (size_t end = word.size(); end > 0; end = best_[end].begin) path_.push_back(end);
    bool behind_unknown = false;
    for (auto end = path_.rbegin(); end != path_.rend(); ++end) {
      const Best& best = best_[*end];
      if (best.id != kUnknown) {
        out_.push_back(best.id);
      } else if (unigram_.bytes) {
        for (const char c : word.substr(best.begin, *end - best.begin)) emit_byte(c);
      } else if (!behind_unknown && unigram_.unknown && !plain_.refuses(*unigram_.unknown)) {
        out_.push_back(*unigram_.unknown);
      }
      behind_unknown = best.id == kUnknown;
    }
  }

  void emit_byte(char c) {
    const TokenId id = *(*unigram_.bytes)[static_cast<unsigned char>(c)];
    if (!plain_.refuses(id)) out_.push_back(id);
  }

  const Unigram& unigram_;
  const PlainText& plain_;
  std::vector<TokenId>& out_;
  std::vector<Best> best_;
  std::vector<size_t> path_;  // ends of the pieces, the last first
};

void encode_text(const Unigram& unigram, const PlainText& plain, std::vector<TokenId>& out) {
  const std::string spaced = normalised(unigram, plain.text);
  const std::string_view all = spaced;
  UnigramEncoder encoder(unigram, plain, out);
  WordCache cache(out, unigram.cache_key);
  for (size_t at = 0; at < all.size();) {
    const size_t end = unigram.words_apart ? word_end(all, at) : all.size();
    cache.append(all.substr(at, end - at), [&encoder](std::string_view word) { encoder.encode(word); });
    at = end;
  }
}

// ---- reading

std::vector<PieceTrie::Piece> pieces_of(const Vocabulary& vocabulary, const StringTable& shown) {
  std::vector<PieceTrie::Piece> out;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    if (is_piece(vocabulary, id)) out.push_back({shown[static_cast<size_t>(id)], id});
  }
  return out;
}

// No piece reaches into the next word, and the space between is known: an unknown one would be joined
// with unknown neighbours.
bool are_words_apart(const std::vector<PieceTrie::Piece>& pieces) {
  bool has_space = false, apart = true;
  for (const PieceTrie::Piece& piece : pieces) {
    has_space = has_space || piece.text == " ";
    apart = apart && !has_inner_space(piece.text);
  }
  return has_space && apart;
}

std::optional<ByteTokens> all_bytes(const Vocabulary& vocabulary) {
  ByteTokens bytes = byte_tokens(vocabulary);
  for (const auto& id : bytes) {
    if (!id || vocabulary.type(*id) != TokenType::byte) return std::nullopt;
  }
  return bytes;
}

// A user-defined piece that is not cut out before counts nothing, and so is chosen where it can be.
void set_scores(const Vocabulary& vocabulary, Unigram& unigram, Warnings& warnings) {
  if (vocabulary.scores.empty()) {
    warn(warnings, "tokenizer.ggml.scores is missing: all pieces count the same");
  }
  unigram.scores = vocabulary.scores;
  unigram.scores.resize(vocabulary.size());
  double lowest = std::numeric_limits<double>::infinity();
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    float& score = unigram.scores[static_cast<size_t>(id)];
    if (vocabulary.type(id) == TokenType::normal) lowest = std::min<double>(lowest, score);
    if (vocabulary.type(id) == TokenType::user_defined) score = 0;
  }
  unigram.unknown_score = (std::isfinite(lowest) ? lowest : 0) - kUnknownPenalty;
}

}  // namespace

Result<Defaults> unigram_defaults(const gguf::File&, Warnings&) {
  return Defaults{.adds_eos = true, .eos = 1, .unknown = 2};
}

Result<Codec> make_unigram(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings) {
  auto charsmap = TRY(Charsmap::from(file));
  auto merges_spaces = TRY(file.boolean("tokenizer.ggml.remove_extra_whitespaces", false));
  Codec codec;
  codec.shown = shown_texts(vocabulary);
  codec.drops_first_space = vocabulary.space_prefix;
  const auto pieces = pieces_of(vocabulary, codec.shown);
  auto unigram = std::make_shared<Unigram>(Unigram{PieceTrie(pieces, warnings), std::move(charsmap)});
  set_scores(vocabulary, *unigram, warnings);
  unigram->unknown = vocabulary.unknown;
  unigram->bytes = all_bytes(vocabulary);
  unigram->space_prefix = vocabulary.space_prefix;
  unigram->merges_spaces = merges_spaces;
  unigram->words_apart = are_words_apart(pieces);
  codec.encode = [unigram](const PlainText& plain, std::vector<TokenId>& out) {
    encode_text(*unigram, plain, out);
  };
  return codec;
}

}  // namespace straddle::text
