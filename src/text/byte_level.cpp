// tokenizer.ggml.model = gpt2: byte-level BPE. The pre-tokenizer cuts words; inside a word, which is
// bytes, the pair of the lowest rank is merged first.
//
// The file writes bytes in printable characters (byte_alphabet.h); here everything is plain bytes.
#include <deque>
#include <memory>

#include "text/byte_alphabet.h"
#include "text/family.h"
#include "text/pair_table.h"
#include "text/pretokenizers.h"
#include "text/text_index.h"
#include "text/word_cache.h"

namespace straddle::text {
namespace {

constexpr const char* kPre = "tokenizer.ggml.pre";
constexpr const char* kMerges = "tokenizer.ggml.merges";

struct Bpe {
  const Pretokenizer* pretokenizer = nullptr;
  StringTable texts;               // bytes of each token; what it shows
  TextIndex index;                 // into texts and others
  std::deque<std::string> others;  // symbols that merges name but that are no tokens
  SymbolId tokens = 0;             // symbols from here on are others
  SymbolId of_byte[256] = {};
  std::vector<TokenId> replacement;  // ids of U+FFFD; empty where the vocabulary cannot write it
  PairTable merges{0};

  std::string_view text(SymbolId id) const {
    return id < tokens ? texts[static_cast<size_t>(id)] : others[static_cast<size_t>(id - tokens)];
  }
};

const Pretokenizer& choose_pretokenizer(std::string_view name) {
  const Pretokenizer* known = find_pretokenizer(name);
  return known ? *known : default_pretokenizer();
}

// ---- reading

SymbolId intern(std::string_view bytes, Bpe& bpe) {
  const SymbolId known = bpe.index.find(bytes);
  if (known != TextIndex::kNone) return known;
  const auto id = static_cast<SymbolId>(bpe.tokens + static_cast<SymbolId>(bpe.others.size()));
  return bpe.index.add(bpe.others.emplace_back(bytes), id);
}

// Tokens that are not written in the alphabet (special ones) show their text as it stands.
void add_text(const Vocabulary& vocabulary, TokenId id, StringTable& texts) {
  const std::string_view stored = vocabulary.text(id);
  std::string bytes;
  const bool literal =
      vocabulary.type(id) != TokenType::normal && vocabulary.type(id) != TokenType::unused;
  if (literal || !append_bytes_of(bytes, stored)) bytes = stored;
  texts.add(bytes);
}

// A user-defined token is text as it stands, cut out before (special_tokens.h); no part of words.
bool is_word_part(const Vocabulary& vocabulary, TokenId id) {
  const TokenType type = vocabulary.type(id);
  std::string bytes;
  return (type == TokenType::normal || type == TokenType::unused) && !vocabulary.text(id).empty() &&
         append_bytes_of(bytes, vocabulary.text(id));
}

void read_tokens(const Vocabulary& vocabulary, Bpe& bpe) {
  bpe.tokens = static_cast<SymbolId>(vocabulary.size());
  for (TokenId id = 0; vocabulary.has(id); ++id) add_text(vocabulary, id, bpe.texts);
  bpe.index = TextIndex(vocabulary.size());
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    if (is_word_part(vocabulary, id)) bpe.index.add(bpe.texts[static_cast<size_t>(id)], id);
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    bpe.of_byte[byte] = intern({&c, 1}, bpe);
  }
}

// "left right", both in the alphabet, which has no space. False: such a merge can never apply.
bool read_merge(std::string_view line, uint32_t rank, Bpe& bpe) {
  const size_t space = line.find(' ', 1);
  if (space == line.npos || space + 1 == line.size()) return false;
  std::string both;
  if (!append_bytes_of(both, line.substr(0, space))) return false;
  const size_t left = both.size();
  if (!append_bytes_of(both, line.substr(space + 1))) return false;
  const std::string_view joined = both;
  bpe.merges.add(intern(joined.substr(0, left), bpe), intern(joined.substr(left), bpe),
                 {rank, intern(joined, bpe)});
  return true;
}

Status read_merges(const gguf::File& file, Bpe& bpe, Warnings& warnings) {
  auto lines = TRY(file.strings(kMerges));
  if (lines.size() > 0x20000000) {
    return fail(ErrorKind::bad_file, file.path(), std::string(kMerges) + " has too many entries");
  }
  bpe.merges = PairTable(lines.size());
  size_t useless = 0;
  for (size_t rank = 0; rank < lines.size(); ++rank) {
    if (!read_merge(lines[rank], static_cast<uint32_t>(rank), bpe)) ++useless;
  }
  if (useless > 0) {
    warn(warnings, std::to_string(useless) + " of " + std::to_string(lines.size()) + " entries of " +
                       kMerges + " are not two symbols of the byte alphabet: ignored");
  }
  return {};
}

// ---- encoding

// Encodes one text.
class ByteLevelEncoder {
 public:
  ByteLevelEncoder(const Bpe& bpe, const PlainText& text, std::vector<TokenId>& out)
      : bpe_(bpe), text_(text), out_(out) {}

  void encode(std::string_view word) {
    for (; word.size() > kLongestWord; word.remove_prefix(kLongestWord)) {
      encode_short(word.substr(0, kLongestWord));
    }
    encode_short(word);
  }

 private:
  bool is_allowed(SymbolId id) const { return id < bpe_.tokens && !text_.refuses(id); }

  void encode_short(std::string_view word) {
    if (bpe_.pretokenizer->whole_words_first) {
      const SymbolId known = bpe_.index.find(word);
      if (known != TextIndex::kNone && is_allowed(known)) return out_.push_back(known);
    }
    merger_.clear();
    for (const char c : word) merger_.add(bpe_.of_byte[static_cast<unsigned char>(c)]);
    merger_.merge([this](SymbolId left, SymbolId right) { return bpe_.merges.find(left, right); });
    merger_.each([this](SymbolId id) { emit(id); });
  }

  // A byte that is no token (some vocabularies lack those that UTF-8 never uses) is shown as U+FFFD.
  void emit(SymbolId id) {
    if (is_allowed(id)) return out_.push_back(id);
    for (const char c : bpe_.text(id)) {
      const SymbolId byte = bpe_.of_byte[static_cast<unsigned char>(c)];
      if (is_allowed(byte)) {
        out_.push_back(byte);
      } else {
        emit_replacement();
      }
    }
  }

  void emit_replacement() {
    for (const TokenId id : bpe_.replacement) {
      if (is_allowed(id)) out_.push_back(id);
    }
  }

  const Bpe& bpe_;
  const PlainText& text_;
  Merger merger_;
  std::vector<TokenId>& out_;
};

void encode_text(const Bpe& bpe, const PlainText& plain, std::vector<TokenId>& out) {
  ByteLevelEncoder encoder(bpe, plain, out);
  WordCache cache(out, bpe.index.key());
  for (const std::string_view word : cut_words(*bpe.pretokenizer, plain.text)) {
    cache.append(word, [&encoder](std::string_view w) { encoder.encode(w); });
  }
}

std::vector<TokenId> replacement_of(const Bpe& bpe) {
  const std::string_view character = "\xEF\xBF\xBD";
  std::vector<TokenId> ids;
  encode_text(bpe, {character, true, {}}, ids);
  std::string shown;
  for (const TokenId id : ids) shown += bpe.text(id);
  return shown == character ? ids : std::vector<TokenId>();
}

}  // namespace

Result<Defaults> byte_level_defaults(const gguf::File& file, Warnings& warnings) {
  auto name = TRY(file.string(kPre, ""));
  if (name.empty()) {
    warn(warnings, std::string(kPre) +
                       " is missing: words are cut by the default pattern, and answers may be worse");
  } else if (!find_pretokenizer(name)) {
    warn(warnings, "pre-tokenizer " + in_quotes(name) +
                       " is not known: words are cut by the default pattern, and answers may be worse");
  }
  return defaults_of(choose_pretokenizer(name));
}

Result<Codec> make_byte_level(const gguf::File& file, const Vocabulary& vocabulary, Warnings& warnings) {
  auto name = TRY(file.string(kPre, ""));
  const Pretokenizer& pretokenizer = choose_pretokenizer(name);
  if (pretokenizer.of_characters) return make_character_bpe(file, vocabulary, pretokenizer, warnings);
  auto bpe = std::make_shared<Bpe>();
  bpe->pretokenizer = &pretokenizer;
  read_tokens(vocabulary, *bpe);
  TRY(read_merges(file, *bpe, warnings));
  bpe->replacement = replacement_of(*bpe);
  Codec codec;
  codec.composes = bpe->pretokenizer->normaliser == Normaliser::nfc;
  codec.shown = bpe->texts;
  codec.cleans_spaces = bpe->pretokenizer->cleans_spaces;
  codec.encode = [bpe](const PlainText& text, std::vector<TokenId>& out) {
    encode_text(*bpe, text, out);
  };
  return codec;
}

}  // namespace straddle::text
