// Tokens whose name gives them a role: ends of generation, and the marks of fill-in-the-middle.
//
// GGUF files often name only one end (eos) where a chat model uses another; so every known end counts
// if the vocabulary has it (read in llama.cpp, measured on qwen2, qwen35 and starcoder).
#include <algorithm>
#include <initializer_list>

#include "text/text_index.h"
#include "text/vocabulary.h"

namespace straddle::text {
namespace {

constexpr std::string_view kEnds[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eom_id|>",
    "</s>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<eos>",
    "<end_of_utterance>",
    "<turn|>",
    "<|tool_response>",
    "<|return|>",
    "<|call|>",
    "<|calls|>",
    "<|flush|>",
    "<｜end▁of▁sentence｜>",
    "[e~[",
};

// Fill-in-the-middle: the id that the key names, or the first of these names.
struct Fim {
  const char* key;
  bool ends;
  std::initializer_list<std::string_view> names;
};

const Fim kFims[] = {
    {"tokenizer.ggml.fim_pad_token_id",
     true,
     {"<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"}},
    {"tokenizer.ggml.fim_rep_token_id",
     true,
     {"<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"}},
    {"tokenizer.ggml.fim_sep_token_id", true, {"<|file_sep|>"}},
    {"tokenizer.ggml.fim_pre_token_id",
     false,
     {"<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>",
      "<|code_prefix|>", "<|prefix|>"}},
    {"tokenizer.ggml.fim_suf_token_id",
     false,
     {"<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>",
      "<|code_suffix|>", "<|suffix|>"}},
    {"tokenizer.ggml.fim_mid_token_id",
     false,
     {"<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>",
      "<|code_middle|>", "<|middle|>"}},
};

constexpr const char* kEndKeys[] = {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};

class Names {
 public:
  explicit Names(Vocabulary& vocabulary) : vocabulary_(vocabulary), index_(vocabulary.size()) {
    vocabulary.ends.assign(vocabulary.size(), false);
    for (size_t i = 0; i < vocabulary.size(); ++i) {
      index_.add(vocabulary.texts[i], static_cast<TokenId>(i));
    }
  }

  std::optional<TokenId> find(std::string_view name) const {
    const TokenId id = index_.find(name);
    return id == TextIndex::kNone ? std::nullopt : std::optional<TokenId>(id);
  }

  bool ends(std::string_view name) const {
    const auto id = find(name);
    return id && vocabulary_.ends[static_cast<size_t>(*id)];
  }

  void make_control(TokenId id) { vocabulary_.types[static_cast<size_t>(id)] = TokenType::control; }
  void set_end(TokenId id, bool ends) { vocabulary_.ends[static_cast<size_t>(id)] = ends; }

  void never_ends(std::string_view name, TokenType type) {
    if (const auto id = find(name)) {
      set_end(*id, false);
      vocabulary_.types[static_cast<size_t>(*id)] = type;
    }
  }

 private:
  Vocabulary& vocabulary_;
  TextIndex index_;
};

std::optional<TokenId> id_of_key(const gguf::File& file, const char* key, const Vocabulary& vocabulary) {
  if (!file.find(key)) return std::nullopt;
  const auto id = file.integer(key);
  if (!id || *id >= vocabulary.size()) return std::nullopt;
  return static_cast<TokenId>(*id);
}

std::optional<TokenId> find_fim(const gguf::File& file, const Fim& row, const Vocabulary& vocabulary,
                                const Names& names) {
  if (const auto id = id_of_key(file, row.key, vocabulary)) return id;
  for (const std::string_view name : row.names) {
    if (const auto id = names.find(name)) return id;
  }
  return std::nullopt;
}

// Where a name is an end in one family and a mark inside the answer in another.
void apply_exceptions(Names& names) {
  const bool calls = names.ends("<|call|>") || names.ends("<|calls|>");
  if (calls && (names.ends("<|return|>") || names.ends("<|flush|>"))) {
    names.never_ends("<|end|>", TokenType::user_defined);
  }
  if (names.ends("<|tool_response>")) names.never_ends("</s>", TokenType::normal);
}

}  // namespace

void apply_special_names(const gguf::File& file, Vocabulary& vocabulary) {
  Names names(vocabulary);
  for (const Fim& row : kFims) {
    if (const auto id = find_fim(file, row, vocabulary, names)) {
      names.make_control(*id);
      names.set_end(*id, row.ends);
    }
  }
  for (const std::string_view name : kEnds) {
    if (const auto id = names.find(name)) {
      names.make_control(*id);
      names.set_end(*id, true);
    }
  }
  for (const char* key : kEndKeys) {
    if (const auto id = id_of_key(file, key, vocabulary)) names.set_end(*id, true);
  }
  if (vocabulary.eos) names.set_end(*vocabulary.eos, true);
  apply_exceptions(names);
}

}  // namespace straddle::text
