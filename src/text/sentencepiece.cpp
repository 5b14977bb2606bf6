// tokenizer.ggml.model = llama: SentencePiece BPE by score. Characters are joined to the piece of the
// highest score, leftmost first; a character that is no piece becomes byte tokens.
//
// Inside, a space is a space: U+2581, which stands for it in the file, is replaced on both sides. (A
// U+2581 in a text is a space to SentencePiece as well.)
#include <bit>
#include <memory>

#include "text/byte_token.h"
#include "text/family.h"
#include "text/merge.h"
#include "text/text_index.h"
#include "text/utf8.h"
#include "text/word_cache.h"

namespace straddle::text {
namespace {

constexpr std::string_view kMark = "\xE2\x96\x81";  // U+2581

std::string with_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t mark = std::min(text.find(kMark, at), text.size());
    out += text.substr(at, mark - at);
    if (mark < text.size()) out += ' ';
    at = mark + kMark.size();
  }
  return out;
}

struct Pieces {
  StringTable texts;  // with spaces; what a token shows
  TextIndex index;    // into texts
  std::vector<float> scores;
  ByteTokens bytes;
  size_t longest = 0;
  bool space_prefix = false;
  bool words_apart = true;  // no piece has a space behind another character
  SymbolId tokens = 0;      // symbols from here on are characters that are no piece
};

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
class Run {
 public:
  Run(const Pieces& pieces, size_t bytes, std::vector<TokenId>& out)
      : pieces_(pieces), memo_(bytes), out_(out) {}

  void encode(std::string_view word) {
    for (; word.size() > kLongestWord; word.remove_prefix(kLongestWord)) {
      encode_part(word.substr(0, kLongestWord));
    }
    encode_part(word);
  }

 private:
  static constexpr SymbolId kInvalidByte = 0x110000;  // behind the last character

  void encode_part(std::string_view word) {
    merger_.clear();
    for (size_t at = 0; at < word.size();) at += add_character(word, at);
    merger_.merge([this](SymbolId left, SymbolId right) { return join(left, right); });
    merger_.each([this](SymbolId id) { emit(id); });
  }

  size_t add_character(std::string_view word, size_t at) {
    const Utf8Char c = decode_utf8(word, at);
    const TokenId known = pieces_.index.find(word.substr(at, c.bytes));
    if (known != TextIndex::kNone) {
      merger_.add(known);
    } else if (c.code != kNoCharacter) {
      merger_.add(pieces_.tokens + static_cast<SymbolId>(c.code));
    } else {
      merger_.add(pieces_.tokens + kInvalidByte + static_cast<unsigned char>(word[at]));
    }
    return c.bytes;
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

  std::optional<Join> join(SymbolId left, SymbolId right) {
    PairMemo::Slot& slot = memo_.slot(left, right);
    if (slot.left != left || slot.right != right) slot = {left, right, look_up(left, right)};
    if (slot.joined == TextIndex::kNone) return std::nullopt;
    const float score = pieces_.scores.empty() ? 0.0f : pieces_.scores[static_cast<size_t>(slot.joined)];
    return Join{order_of(score), slot.joined};
  }

  void emit(SymbolId id) {
    if (id < pieces_.tokens) return out_.push_back(id);
    text_.clear();
    append_text(text_, id);
    for (const char byte : text_) {
      if (const auto token = pieces_.bytes[static_cast<unsigned char>(byte)]) out_.push_back(*token);
    }
  }

  const Pieces& pieces_;
  PairMemo memo_;
  Merger merger_;
  std::string text_;
  std::vector<TokenId>& out_;
};

// End of the word that begins at `at`: the next space behind another character.
size_t word_end(std::string_view text, size_t at) {
  at = std::min(text.find_first_not_of(' ', at), text.size());
  return std::min(text.find(' ', at), text.size());
}

void encode_text(const Pieces& pieces, std::string_view text, bool after_special,
                 std::vector<TokenId>& out) {
  std::string spaced = with_spaces(text);
  if (pieces.space_prefix && after_special) spaced.insert(0, 1, ' ');
  Run run(pieces, spaced.size(), out);
  if (!pieces.words_apart) return run.encode(spaced);
  WordCache cache(out);
  const std::string_view all = spaced;
  for (size_t at = 0; at < all.size();) {
    const size_t end = word_end(all, at);
    cache.append(all.substr(at, end - at), [&](std::string_view word) { run.encode(word); });
    at = end;
  }
}

bool has_inner_space(std::string_view piece) {
  const size_t begin = piece.find_first_not_of(' ');
  return begin != piece.npos && piece.find(' ', begin) != piece.npos;
}

void add_piece(const Vocabulary& vocabulary, TokenId id, Pieces& pieces) {
  const std::string_view text = vocabulary.text(id);
  const auto byte = vocabulary.type(id) == TokenType::byte ? byte_of(text) : std::nullopt;
  if (byte) {
    const char c = static_cast<char>(*byte);
    return pieces.texts.add({&c, 1});
  }
  const bool literal =
      vocabulary.type(id) != TokenType::normal && vocabulary.type(id) != TokenType::unused;
  pieces.texts.add(literal ? std::string(text) : with_spaces(text));
}

// Only when all texts stand: the keys point into them.
void index_pieces(const Vocabulary& vocabulary, Pieces& pieces) {
  pieces.index = TextIndex(vocabulary.size());
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    const std::string_view stored = vocabulary.text(id);
    // A space in the file is no U+2581: such a piece can never be made of text.
    if (!vocabulary.matches_text(id) || stored.empty() || stored.find(' ') != stored.npos) continue;
    const std::string_view piece = pieces.texts[static_cast<size_t>(id)];
    pieces.index.add(piece, id);
    pieces.longest = std::max(pieces.longest, piece.size());
    if (has_inner_space(piece)) pieces.words_apart = false;
  }
}

}  // namespace

Result<Defaults> sentencepiece_defaults(const gguf::File&, Warnings&) {
  return Defaults{.adds_bos = true, .space_prefix = true, .bos = 1, .eos = 2, .unknown = 0};
}

Result<Codec> make_sentencepiece(const gguf::File& file, const Vocabulary& vocabulary,
                                 Warnings& warnings) {
  (void)file;
  auto pieces = std::make_shared<Pieces>();
  for (TokenId id = 0; vocabulary.has(id); ++id) add_piece(vocabulary, id, *pieces);
  index_pieces(vocabulary, *pieces);
  pieces->scores = vocabulary.scores;
  pieces->bytes = byte_tokens(vocabulary);
  pieces->space_prefix = vocabulary.space_prefix;
  pieces->tokens = static_cast<SymbolId>(vocabulary.size());
  if (vocabulary.scores.empty())
    warn(warnings, "tokenizer.ggml.scores is missing: pieces are joined from left to right");
  Codec codec;
  codec.shown = pieces->texts;
  codec.drops_first_space = vocabulary.space_prefix;
  codec.encode = [pieces](std::string_view text, bool after_special, std::vector<TokenId>& out) {
    encode_text(*pieces, text, after_special, out);
  };
  return codec;
}

}  // namespace straddle::text
