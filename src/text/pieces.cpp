#include "text/pieces.h"

#include <algorithm>
#include <bit>

#include "base/utf8.h"
#include "text/merge.h"
#include "text/space_mark.h"
#include "text/word_cache.h"

namespace straddle::text {
namespace {

// Symbols of what is no piece: a character's code, or behind the last code an invalid byte.
constexpr SymbolId kInvalidByte = 0x110000;

SymbolId symbol_of_character(const Pieces& pieces, std::string_view text, const Utf8Char& c, size_t at) {
  const TokenId known = pieces.index.find(text.substr(at, c.bytes));
  if (known != TextIndex::kNone) return known;
  if (c.code != kNoCharacter) return pieces.tokens + static_cast<SymbolId>(c.code);
  return pieces.tokens + kInvalidByte + static_cast<unsigned char>(text[at]);
}

// What a pair of symbols becomes, remembered: a slot per hash of the pair, the newest wins.
// So that a long piece is looked up once per pair, not once per place.
class PairMemo {
 public:
  explicit PairMemo(size_t symbols) : slots_(std::bit_ceil(std::clamp<size_t>(symbols, 64, 1 << 16))) {}

  struct Slot {
    SymbolId left = -1, right = -1, joined = TextIndex::kNone;
  };

  Slot& slot(SymbolId left, SymbolId right) {
    const uint64_t mixed = (uint64_t(uint32_t(left)) << 32 | uint32_t(right)) * 0x9E3779B97F4A7C15u;
    return slots_[(mixed >> 40) & (slots_.size() - 1)];
  }

 private:
  std::vector<Slot> slots_;
};

// Order of a Merger: rises as the score falls.
uint32_t order_of(float score) {
  const auto bits = std::bit_cast<uint32_t>(score + 0.0f);  // -0 becomes 0
  const uint32_t ascending = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return ~ascending;
}

// Encodes one text.
class PieceEncoder {
 public:
  PieceEncoder(const Pieces& pieces, const PlainText& plain, std::vector<TokenId>& out)
      : pieces_(pieces), plain_(plain), memo_(plain.text.size()), out_(out) {}

  void encode(std::string_view word) {
    for (; word.size() > kLongestWord; word.remove_prefix(kLongestWord)) {
      encode_short(word.substr(0, kLongestWord));
    }
    encode_short(word);
  }

 private:
  void encode_short(std::string_view word) {
    merger_.clear();
    for (size_t at = 0; at < word.size();) {
      const Utf8Char c = decode_utf8(word, at);
      merger_.add(symbol_of_character(pieces_, word, c, at));
      at += c.bytes;
    }
    if (pieces_.merges) {
      merger_.merge([this](SymbolId left, SymbolId right) { return join_by_rank(left, right); });
    } else {
      merger_.merge([this](SymbolId left, SymbolId right) { return join_by_score(left, right); });
    }
    merger_.each([this](SymbolId id) { emit(id); });
  }

  // The text of a symbol, appended.
  void append_text(std::string& out, SymbolId id) const {
    if (id < pieces_.tokens) {
      out += pieces_.texts[static_cast<size_t>(id)];
    } else if (id - pieces_.tokens < kInvalidByte) {
      append_utf8(out, static_cast<uint32_t>(id - pieces_.tokens));
    } else {
      out += static_cast<char>(id - pieces_.tokens - kInvalidByte);
    }
  }

  SymbolId look_up(SymbolId left, SymbolId right) {
    text_.clear();
    append_text(text_, left);
    append_text(text_, right);
    return text_.size() > pieces_.longest ? TextIndex::kNone : pieces_.index.find(text_);
  }

  std::optional<Join> join_by_rank(SymbolId left, SymbolId right) const {
    const auto join = pieces_.merges->find(left, right);
    return join && plain_.refuses(join->symbol) ? std::nullopt : join;
  }

  std::optional<Join> join_by_score(SymbolId left, SymbolId right) {
    PairMemo::Slot& slot = memo_.slot(left, right);
    if (slot.left != left || slot.right != right) slot = {left, right, look_up(left, right)};
    if (slot.joined == TextIndex::kNone || plain_.refuses(slot.joined)) return std::nullopt;
    const float score = pieces_.scores.empty() ? 0.0f : pieces_.scores[static_cast<size_t>(slot.joined)];
    return Join{order_of(score), slot.joined};
  }

  void emit(SymbolId id) {
    if (id < pieces_.tokens && !plain_.refuses(id)) return out_.push_back(id);
    text_.clear();
    append_text(text_, id);
    for (const char byte : text_) {
      const auto token = pieces_.bytes[static_cast<unsigned char>(byte)];
      if (token && !plain_.refuses(*token)) out_.push_back(*token);
    }
  }

  const Pieces& pieces_;
  const PlainText& plain_;
  PairMemo memo_;
  Merger merger_;
  std::string text_;
  std::vector<TokenId>& out_;
};

// Only when all texts stand: the keys point into them.
void index_pieces(const Vocabulary& vocabulary, Pieces& pieces) {
  pieces.index = TextIndex(vocabulary.size());
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    if (!is_piece(vocabulary, id)) continue;
    const std::string_view piece = pieces.texts[static_cast<size_t>(id)];
    pieces.index.add(piece, id);
    pieces.longest = std::max(pieces.longest, piece.size());
    if (has_inner_space(piece)) pieces.words_apart = false;
  }
}

}  // namespace

void read_pieces(const Vocabulary& vocabulary, Pieces& pieces) {
  pieces.texts = shown_texts(vocabulary);
  index_pieces(vocabulary, pieces);
  pieces.bytes = byte_tokens(vocabulary);
  pieces.space_prefix = vocabulary.space_prefix;
  pieces.tokens = static_cast<SymbolId>(vocabulary.size());
}

std::optional<SymbolId> symbol_of(const Pieces& pieces, std::string_view text) {
  const TokenId known = pieces.index.find(text);
  if (known != TextIndex::kNone) return known;
  const Utf8Char c = decode_utf8(text, 0);
  if (c.bytes == 0 || c.bytes != text.size()) return std::nullopt;
  return symbol_of_character(pieces, text, c, 0);
}

void encode_pieces(const Pieces& pieces, const PlainText& plain, std::vector<TokenId>& out) {
  std::string spaced = with_spaces(plain.text);
  if (pieces.space_prefix && plain.after_special) spaced.insert(0, 1, ' ');
  std::vector<std::string_view> stretches = {spaced};
  for (const Scanner& scanner : pieces.scanners) cut_pieces(scanner, stretches);
  PieceEncoder encoder(pieces, plain, out);
  WordCache cache(out, pieces.index.key());
  for (const std::string_view stretch : stretches) {
    for (size_t at = 0; at < stretch.size();) {
      const size_t end = pieces.words_apart ? word_end(stretch, at) : stretch.size();
      cache.append(stretch.substr(at, end - at),
                   [&encoder](std::string_view word) { encoder.encode(word); });
      at = end;
    }
  }
}

}  // namespace straddle::text
