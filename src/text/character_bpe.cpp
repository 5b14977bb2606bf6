// BPE by merges over characters, a space written as U+2581: tokenizer.ggml.model = gemma4, and gpt2
// where the pre-tokenizer says so.
#include <memory>

#include "text/family.h"
#include "text/pieces.h"
#include "text/pretokenizers.h"
#include "text/space_mark.h"

namespace straddle::text {
namespace {

constexpr const char* kMerges = "tokenizer.ggml.merges";

// "left right". False: a part or the whole is no piece, so the merge is of no use.
bool read_merge(std::string_view line, uint32_t rank, const Pieces& pieces, PairTable& merges) {
  const size_t space = line.find(' ', 1);
  if (space == line.npos) return false;
  const std::string left = with_spaces(line.substr(0, space));
  const std::string joined = left + with_spaces(line.substr(space + 1));
  const auto both = symbol_of(pieces, joined);
  const auto a = symbol_of(pieces, left);
  const auto b = symbol_of(pieces, std::string_view(joined).substr(left.size()));
  if (!a || !b || !both) return false;
  merges.add(*a, *b, {rank, *both});
  return true;
}

Status read_merges(const gguf::File& file, Pieces& pieces, Warnings& warnings) {
  auto lines = TRY(file.strings(kMerges));
  PairTable merges(lines.size());
  size_t useless = 0;
  for (size_t rank = 0; rank < lines.size(); ++rank) {
    if (!read_merge(lines[rank], static_cast<uint32_t>(rank), pieces, merges)) ++useless;
  }
  if (useless > 0) {
    warn(warnings, std::to_string(useless) + " of " + std::to_string(lines.size()) + " entries of " +
                       kMerges + " name no pieces of the vocabulary: ignored");
  }
  pieces.merges = std::move(merges);
  return {};
}

}  // namespace

Result<Codec> make_character_bpe(const gguf::File& file, const Vocabulary& vocabulary,
                                 const Pretokenizer& pretokenizer, Warnings& warnings) {
  auto pieces = std::make_shared<Pieces>();
  read_pieces(vocabulary, *pieces);
  pieces->scanners = pretokenizer.scanners;
  TRY(read_merges(file, *pieces, warnings));
  Codec codec;
  codec.composes = pretokenizer.normaliser == Normaliser::nfc;
  codec.shown = pieces->texts;
  codec.drops_first_space = vocabulary.space_prefix;
  codec.cleans_spaces = pretokenizer.cleans_spaces;
  codec.encode = [pieces](const PlainText& text, std::vector<TokenId>& out) {
    encode_pieces(*pieces, text, out);
  };
  return codec;
}

Result<Defaults> gemma4_defaults(const gguf::File&, Warnings&) {
  return defaults_of(*find_pretokenizer("gemma4"));
}

Result<Codec> make_gemma4(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings) {
  return make_character_bpe(file, vocabulary, *find_pretokenizer("gemma4"), warnings);
}

}  // namespace straddle::text
