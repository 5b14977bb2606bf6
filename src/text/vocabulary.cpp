#include "text/vocabulary.h"

#include <cmath>
#include <limits>

namespace straddle::text {
namespace {

constexpr const char* kTokens = "tokenizer.ggml.tokens";
constexpr const char* kTypes = "tokenizer.ggml.token_type";
constexpr const char* kScores = "tokenizer.ggml.scores";
constexpr size_t kMostBytes = size_t{1} << 31;  // of all tokens: they are counted in 32 bits

tl::unexpected<Error> bad(const gguf::File& file, std::string what) {
  return fail(ErrorKind::bad_file, file.path(), std::move(what), "get or convert the file again");
}

tl::unexpected<Error> wrong_count(const gguf::File& file, const char* key, size_t count, size_t tokens) {
  return bad(file, std::string(key) + " has " + std::to_string(count) + " entries for " +
                       std::to_string(tokens) + " tokens");
}

Status read_texts(const gguf::File& file, Vocabulary& out) {
  auto texts = TRY(file.strings(kTokens));
  if (texts.empty()) return bad(file, std::string(kTokens) + " is empty");
  if (texts.size() > static_cast<size_t>(std::numeric_limits<TokenId>::max()) / 2) {
    return bad(file, std::string(kTokens) + " has too many entries");
  }
  size_t bytes = 0;
  for (const std::string_view text : texts) bytes += text.size();
  if (bytes > kMostBytes) return bad(file, std::string(kTokens) + " has too many bytes");
  out.texts.reserve(texts.size(), bytes);
  for (const std::string_view text : texts) out.texts.add(text);
  return {};
}

Status read_types(const gguf::File& file, Vocabulary& out) {
  out.types.assign(out.size(), TokenType::normal);
  if (!file.find(kTypes)) return {};
  auto types = TRY(file.integers(kTypes));
  if (types.size() != out.size()) return wrong_count(file, kTypes, types.size(), out.size());
  for (size_t i = 0; i < types.size(); ++i) {
    const int64_t type = types[i];
    if (type < 1 || type > 6) {
      return bad(file, std::string(kTypes) + " of token " + std::to_string(i) + " is " +
                           std::to_string(type) + ", known are 1 to 6");
    }
    out.types[i] = static_cast<TokenType>(type);
  }
  return {};
}

Status read_scores(const gguf::File& file, Vocabulary& out) {
  if (!file.find(kScores)) return {};
  auto scores = TRY(file.numbers(kScores));
  if (scores.size() != out.size()) return wrong_count(file, kScores, scores.size(), out.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) {
      return bad(file, std::string(kScores) + " of token " + std::to_string(i) + " is not a number");
    }
  }
  out.scores = std::move(scores);
  return {};
}

// The first that the key names; the fallback where there is no key.
Result<std::optional<TokenId>> read_id(const gguf::File& file, const Vocabulary& vocabulary,
                                       const char* key, std::optional<TokenId> fallback,
                                       Warnings& warnings) {
  if (!file.find(key)) return fallback && vocabulary.has(*fallback) ? fallback : std::nullopt;
  auto ids = TRY(read_token_ids(file, key, vocabulary, warnings));
  return ids.empty() ? std::nullopt : std::optional<TokenId>(ids.front());
}

// Every id of the key is an end, the first of them `eos`.
Status read_eos(const gguf::File& file, const Defaults& defaults, Vocabulary& out, Warnings& warnings) {
  constexpr const char* kKey = "tokenizer.ggml.eos_token_id";
  auto ids = TRY(read_token_ids(file, kKey, out, warnings));
  if (!file.find(kKey) && defaults.eos && out.has(*defaults.eos)) ids.push_back(*defaults.eos);
  for (const TokenId id : ids) out.ends[static_cast<size_t>(id)] = true;
  if (!ids.empty()) out.eos = ids.front();
  return {};
}

Status read_ids(const gguf::File& file, const Defaults& defaults, Vocabulary& out, Warnings& warnings) {
  auto bos = TRY(read_id(file, out, "tokenizer.ggml.bos_token_id", defaults.bos, warnings));
  out.bos = bos;
  auto unknown = TRY(read_id(file, out, "tokenizer.ggml.unknown_token_id", defaults.unknown, warnings));
  out.unknown = unknown;
  return read_eos(file, defaults, out, warnings);
}

Status read_closing(const gguf::File& file, const Defaults& defaults, Vocabulary& out,
                    Warnings& warnings) {
  if (defaults.separator) {
    auto id = TRY(read_id(file, out, "tokenizer.ggml.seperator_token_id", defaults.separator, warnings));
    out.closing = id;
    return {};
  }
  auto wanted = TRY(file.boolean("tokenizer.ggml.add_eos_token", defaults.adds_eos));
  if (wanted && !out.eos) warn(warnings, "the file wants an EOS token but names none: none is added");
  if (wanted) out.closing = out.eos;
  return {};
}

Status read_flags(const gguf::File& file, const Defaults& defaults, Vocabulary& out,
                  Warnings& warnings) {
  auto bos = TRY(file.boolean("tokenizer.ggml.add_bos_token", defaults.adds_bos));
  auto prefix = TRY(file.boolean("tokenizer.ggml.add_space_prefix", defaults.space_prefix));
  if (bos && !out.bos) warn(warnings, "the file wants a BOS token but names none: none is added");
  out.adds_bos = (bos || defaults.insists_on_bos) && out.bos;
  out.space_prefix = prefix;
  return {};
}

}  // namespace

void warn(Warnings& warnings, std::string what) {
  warnings.push_back(one_line({ErrorKind::bad_file, {}, std::move(what), {}}));
}

// An id outside the vocabulary is as good as none: files in the wild write -1 for "none".
Result<std::vector<TokenId>> read_token_ids(const gguf::File& file, const char* key,
                                            const Vocabulary& vocabulary, Warnings& warnings) {
  std::vector<TokenId> out;
  if (!file.find(key)) return out;
  auto ids = TRY(file.integers(key));
  std::vector<int64_t> strays;
  for (const int64_t id : ids) {
    const bool known = id >= 0 && static_cast<uint64_t>(id) < vocabulary.size();
    known ? out.push_back(static_cast<TokenId>(id)) : strays.push_back(id);
  }
  if (!strays.empty()) {
    const std::string more =
        strays.size() == 1 ? "" : " and " + std::to_string(strays.size() - 1) + " more";
    warn(warnings, std::string(key) + (ids.size() == 1 ? " is " : " has ") + std::to_string(strays[0]) +
                       more + ", outside the vocabulary of " + std::to_string(vocabulary.size()) +
                       " tokens: ignored");
  }
  return out;
}

std::string in_quotes(std::string_view name) {
  constexpr size_t kMost = 64;
  std::string out = "'";
  out.append(name.substr(0, kMost)).append(name.size() > kMost ? "...'" : "'");
  return out;
}

Result<Vocabulary> read_vocabulary(const gguf::File& file, const Defaults& defaults,
                                   Warnings& warnings) {
  Vocabulary out;
  TRY(read_texts(file, out));
  TRY(read_types(file, out));
  TRY(read_scores(file, out));
  TRY(give_roles(file, out, warnings));
  TRY(read_ids(file, defaults, out, warnings));
  TRY(read_flags(file, defaults, out, warnings));
  TRY(read_closing(file, defaults, out, warnings));
  return out;
}

}  // namespace straddle::text
