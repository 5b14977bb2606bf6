#include <algorithm>

#include "text/clean_up.h"
#include "text/family.h"
#include "text/special_tokens.h"
#include "text/tokenizer_content.h"

namespace straddle::text {
namespace {

Result<const Family*> family_of(const gguf::File& file) {
  auto model = file.string("tokenizer.ggml.model");
  if (!model) return fail(model);
  if (const Family* family = find_family(*model)) return family;
  return fail(ErrorKind::unsupported, file.path(),
              "tokenizer model " + quoted(*model) + " is not supported");
}

std::string name_of(const gguf::File& file) {
  const auto name = file.string("general.name", "");
  return name ? std::string(*name) : std::string();
}

}  // namespace

Result<Tokenizer> Tokenizer::from(const gguf::File& file, std::vector<std::string>* warnings) {
  Warnings unread;
  Warnings& told = warnings ? *warnings : unread;
  auto family = family_of(file);
  if (!family) return fail(family);
  auto defaults = (*family)->defaults(file, told);
  if (!defaults) return fail(defaults);
  auto vocabulary = read_vocabulary(file, *defaults, told);
  if (!vocabulary) return fail(vocabulary);
  auto codec = (*family)->make(file, *vocabulary, told);
  if (!codec) return fail(codec);
  SpecialTokens special(*vocabulary, name_of(file), told);
  Tokenizer out;
  out.content_ = std::make_shared<const Content>(
      Content{std::move(*vocabulary), std::move(*codec), std::move(special)});
  return out;
}

size_t Tokenizer::size() const { return content_->vocabulary.size(); }

std::string_view Tokenizer::piece(TokenId id) const {
  return content_->vocabulary.has(id) ? content_->vocabulary.text(id) : std::string_view();
}

TokenType Tokenizer::type(TokenId id) const {
  return content_->vocabulary.has(id) ? content_->vocabulary.type(id) : TokenType::unused;
}

std::optional<TokenId> Tokenizer::bos() const { return content_->vocabulary.bos; }
std::optional<TokenId> Tokenizer::eos() const { return content_->vocabulary.eos; }
bool Tokenizer::adds_bos() const { return content_->vocabulary.adds_bos; }

bool Tokenizer::ends_generation(TokenId id) const {
  return content_->vocabulary.has(id) && content_->vocabulary.ends[static_cast<size_t>(id)];
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  const Vocabulary& vocabulary = content_->vocabulary;
  std::vector<TokenId> out;
  if (options.add_special && vocabulary.adds_bos) out.push_back(*vocabulary.bos);
  bool after_special = true;
  for (const Fragment& fragment : content_->special.cut(text, options.parse_special)) {
    if (fragment.id == kPlainText) {
      content_->codec.encode(fragment.text, after_special, out);
    } else {
      out.push_back(fragment.id);
    }
    after_special = fragment.id != kPlainText;
  }
  if (options.add_special && vocabulary.adds_eos) out.push_back(*vocabulary.eos);
  return out;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool special) const {
  std::string out;
  bool at_start = true;
  for (const TokenId id : ids) {
    if (!special && content_->is_hidden(id)) continue;
    out += content_->shown(id, at_start);
    at_start = false;
  }
  return content_->codec.cleans_spaces ? clean_up_spaces(std::move(out)) : out;
}

}  // namespace straddle::text
