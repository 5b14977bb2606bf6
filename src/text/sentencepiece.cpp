// tokenizer.ggml.model = llama: SentencePiece BPE by score. Characters are joined to the piece of the
// highest score, leftmost first.
#include <memory>

#include "text/family.h"
#include "text/pieces.h"

namespace straddle::text {

Result<Defaults> sentencepiece_defaults(const gguf::File&, Warnings&) {
  return Defaults{.adds_bos = true, .space_prefix = true, .bos = 1, .eos = 2, .unknown = 0};
}

Result<Codec> make_sentencepiece(const gguf::File&, const Vocabulary& vocabulary, Warnings& warnings) {
  auto pieces = std::make_shared<Pieces>();
  read_pieces(vocabulary, *pieces);
  pieces->scores = vocabulary.scores;
  if (vocabulary.scores.empty()) {
    warn(warnings, "tokenizer.ggml.scores is missing: pieces are joined from left to right");
  }
  Codec codec;
  codec.shown = pieces->texts;
  codec.drops_first_space = vocabulary.space_prefix;
  codec.encode = [pieces](const PlainText& text, std::vector<TokenId>& out) {
    encode_pieces(*pieces, text, out);
  };
  return codec;
}

}  // namespace straddle::text
