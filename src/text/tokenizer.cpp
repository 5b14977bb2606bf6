#include <algorithm>

#include "text/clean_up.h"
#include "text/composed.h"
#include "text/family.h"
#include "text/special_tokens.h"
#include "text/tokenizer_impl.h"

namespace straddle::text {
namespace {

Result<const Family*> family_of(const gguf::File& file) {
  auto model = TRY(file.string("tokenizer.ggml.model"));
  if (const Family* family = find_family(model)) return family;
  return fail(ErrorKind::unsupported, file.path(),
              "tokenizer model " + in_quotes(model) + " is not supported");
}

void append_ids(std::span<const Fragment> fragments, const Codec& codec, const TokenSet& refused,
                std::vector<TokenId>& out) {
  bool after_special = true;
  std::string room;
  for (const Fragment& fragment : fragments) {
    const bool plain = fragment.id == kPlainText;
    if (plain) {
      const auto text = codec.composes ? composed(fragment.text, room) : fragment.text;
      codec.encode({text, after_special, refused}, out);
    } else {
      out.push_back(fragment.id);
    }
    after_special = !plain;
  }
}

// Takes the BOS that a text begins with away, and the white space before them; returns their number.
size_t take_bos(std::span<const Fragment>& fragments, TokenId bos) {
  size_t found = 0, taken = 0;
  for (size_t i = 0; i < fragments.size(); ++i) {
    const Fragment& fragment = fragments[i];
    const bool blank =
        fragment.id == kPlainText && fragment.text.find_first_not_of(" \t\r\n") == fragment.text.npos;
    if (fragment.id != bos && !blank) break;
    if (fragment.id == bos) ++found, taken = i + 1;
  }
  fragments = fragments.subspan(taken);
  return found;
}

}  // namespace

Result<Tokenizer> Tokenizer::from(const gguf::File& file, std::vector<std::string>* warnings) {
  Warnings unread;
  Warnings& told = warnings ? *warnings : unread;
  const Family* family = TRY(family_of(file));
  auto defaults = TRY(family->defaults(file, told));
  auto vocabulary = TRY(read_vocabulary(file, defaults, told));
  auto codec = TRY(family->make(file, vocabulary, told));
  SpecialTokens special(vocabulary, file.text("general.name"), told);
  Tokenizer out;
  out.impl_ =
      std::make_shared<const Impl>(Impl{std::move(vocabulary), std::move(codec), std::move(special)});
  return out;
}

size_t Tokenizer::size() const { return impl_->vocabulary.size(); }

std::string_view Tokenizer::piece(TokenId id) const {
  return impl_->vocabulary.has(id) ? impl_->vocabulary.text(id) : std::string_view();
}

TokenType Tokenizer::type(TokenId id) const {
  return impl_->vocabulary.has(id) ? impl_->vocabulary.type(id) : TokenType::unused;
}

std::optional<TokenId> Tokenizer::bos() const { return impl_->vocabulary.bos; }
std::optional<TokenId> Tokenizer::eos() const { return impl_->vocabulary.eos; }
bool Tokenizer::adds_bos() const { return impl_->vocabulary.adds_bos; }

bool Tokenizer::ends_generation(TokenId id) const {
  return impl_->vocabulary.has(id) && impl_->vocabulary.ends[static_cast<size_t>(id)];
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  const Vocabulary& vocabulary = impl_->vocabulary;
  std::vector<TokenId> out;
  if (options.add_special && vocabulary.adds_bos) out.push_back(*vocabulary.bos);
  const auto fragments = impl_->special.cut(text, {.parse_special = options.parse_special});
  append_ids(fragments, impl_->codec, {}, out);
  if (options.add_special && vocabulary.closing) out.push_back(*vocabulary.closing);
  return out;
}

TokenSet Tokenizer::guarded(std::string_view template_source) const {
  const Vocabulary& vocabulary = impl_->vocabulary;
  TokenSet out(vocabulary.ends);
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    const TokenType type = vocabulary.type(id);
    if (type == TokenType::control || type == TokenType::unknown) out[static_cast<size_t>(id)] = true;
  }
  impl_->special.add_written(template_source, out);
  return out;
}

std::vector<TokenId> Tokenizer::encode_prompt(std::string_view text, std::span<const Range> quoted,
                                              const TokenSet& guarded, bool add_bos,
                                              size_t* found) const {
  const Vocabulary& vocabulary = impl_->vocabulary;
  const auto all = impl_->special.cut(text, {.quoted = quoted, .guarded = &guarded});
  std::span<const Fragment> fragments(all);
  std::vector<TokenId> out;
  if (add_bos && vocabulary.adds_bos) {
    const size_t count = take_bos(fragments, *vocabulary.bos);
    if (found) *found = count;
    out.push_back(*vocabulary.bos);
  }
  append_ids(fragments, impl_->codec, guarded, out);
  return out;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool special) const {
  std::string out;
  bool at_start = true;
  for (const TokenId id : ids) {
    if (!special && impl_->is_hidden(id)) continue;
    out += impl_->shown(id, at_start);
    at_start = false;
  }
  return impl_->codec.cleans_spaces ? clean_up_spaces(std::move(out)) : out;
}

std::string Tokenizer::bytes(TokenId id) const {
  return impl_->is_hidden(id) ? std::string() : std::string(impl_->shown(id, false));
}

}  // namespace straddle::text
