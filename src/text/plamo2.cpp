// tokenizer.ggml.model = plamo2: like unigram, from the right, with scores in units of 1/10,000 and the
// longest piece on ties (the model's tokenization_plamo.py). A character that no piece covers is its
// bytes.
#include <cmath>
#include <memory>

#include "base/utf8.h"
#include "text/byte_token.h"
#include "text/family.h"
#include "text/merge.h"
#include "text/piece_trie.h"

namespace straddle::text {
namespace {

constexpr int64_t kUnknownCost = 10'000'000, kHighestCost = 20'000'000;

struct Plamo2 {
  PieceTrie trie;
  std::vector<int32_t> costs;  // by id; minus the score
  ByteTokens bytes;
};

class Plamo2Encoder {
 public:
  Plamo2Encoder(const Plamo2& plamo2, const PlainText& plain, std::vector<TokenId>& out)
      : plamo2_(plamo2), plain_(plain), out_(out) {}

  void encode(std::string_view text) {
    best_.assign(text.size() + 1, {});
    std::vector<size_t> starts;
    for (size_t at = 0; at < text.size(); at += decode_utf8(text, at).bytes) starts.push_back(at);
    for (auto at = starts.rbegin(); at != starts.rend(); ++at) choose(text, *at);
    for (size_t at = 0; at < text.size(); at += best_[at].bytes) emit(text, at);
  }

 private:
  static constexpr TokenId kBytes = -1;

  struct Best {  // the best way to write the text from here on: its first piece
    int64_t cost = 0;
    TokenId id = kBytes;
    uint32_t bytes = 0;
  };

  void choose(std::string_view text, size_t at) {
    const auto character = static_cast<uint32_t>(decode_utf8(text, at).bytes);
    Best found{best_[at + character].cost + kUnknownCost, kBytes, character};
    plamo2_.trie.each(text, at, [&](TokenId id, size_t bytes) {
      const int64_t cost = best_[at + bytes].cost + plamo2_.costs[static_cast<size_t>(id)];
      if (cost <= found.cost && !plain_.refuses(id)) found = {cost, id, static_cast<uint32_t>(bytes)};
    });
    best_[at] = found;
  }

  void emit(std::string_view text, size_t at) {
    const Best& best = best_[at];
    if (best.id != kBytes) return out_.push_back(best.id);
    for (const char c : text.substr(at, best.bytes)) {
      const auto id = plamo2_.bytes[static_cast<unsigned char>(c)];
      if (id && !plain_.refuses(*id)) out_.push_back(*id);
    }
  }

  const Plamo2& plamo2_;
  const PlainText& plain_;
  std::vector<TokenId>& out_;
  std::vector<Best> best_;
};

void encode_text(const Plamo2& plamo2, const PlainText& plain, std::vector<TokenId>& out) {
  Plamo2Encoder encoder(plamo2, plain, out);
  std::string_view text = plain.text;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);  // a byte order mark
  for (; text.size() > kLongestWord; text.remove_prefix(kLongestWord)) {
    encoder.encode(text.substr(0, kLongestWord));
  }
  encoder.encode(text);
}

// A piece is whole characters, and has a score that can be chosen.
bool is_piece(const Vocabulary& vocabulary, TokenId id, int64_t cost) {
  const std::string_view text = vocabulary.text(id);
  return vocabulary.matches_text(id) && cost < kHighestCost && replace_invalid(text) == text;
}

int64_t cost_of(const Vocabulary& vocabulary, TokenId id) {
  const double score = vocabulary.scores.empty() ? 0 : vocabulary.scores[static_cast<size_t>(id)];
  return std::isfinite(score) && std::abs(score) < 100'000 ? -std::llround(score * 10'000)
                                                           : kHighestCost;
}

std::string shown(const Vocabulary& vocabulary, TokenId id) {
  const auto byte = vocabulary.type(id) == TokenType::byte ? byte_of(vocabulary.text(id)) : std::nullopt;
  return byte ? std::string(1, static_cast<char>(*byte)) : std::string(vocabulary.text(id));
}

}  // namespace

Result<Defaults> plamo2_defaults(const gguf::File&, Warnings&) {
  return Defaults{.bos = 1, .eos = 2, .unknown = 0};
}

Result<Codec> make_plamo2(const gguf::File&, const Vocabulary& vocabulary, Warnings& warnings) {
  Codec codec;
  std::vector<PieceTrie::Piece> pieces;
  std::vector<int32_t> costs;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    const int64_t cost = cost_of(vocabulary, id);
    if (is_piece(vocabulary, id, cost)) pieces.push_back({vocabulary.text(id), id});
    costs.push_back(static_cast<int32_t>(cost));
    codec.shown.add(shown(vocabulary, id));
  }
  auto plamo2 = std::make_shared<const Plamo2>(
      Plamo2{PieceTrie(std::move(pieces), warnings), std::move(costs), byte_tokens(vocabulary)});
  codec.encode = [plamo2](const PlainText& plain, std::vector<TokenId>& out) {
    encode_text(*plamo2, plain, out);
  };
  return codec;
}

}  // namespace straddle::text
