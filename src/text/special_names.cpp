// Tokens whose name or key gives them a role: ends of generation, and the marks of fill-in-the-middle.
//
// What a token is stands in the file: its type, and the keys that name ids. A name helps where the file
// leaves something open, because many files name one end (eos) where a chat model uses another:
// - a control token with a known name has the role of that name;
// - where no token is of type control, the file says nothing of types, and a normal one has it too;
// - a user-defined token (text, as the tags of HTML in gemma's vocabulary) has it only where the file's
//   own chat template writes it (<end_of_turn> in old files, <|tool_response> in gemma 4).
#include <algorithm>
#include <initializer_list>

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

// Keys that name ends beside eos_token_id: an id or a list (the second is Ollama's; the last two are
// other converters').
constexpr const char* kEndKeys[] = {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eos_token_ids",
                                    "tokenizer.ggml.eom_token_id", "tokenizer.ggml.eog_token_ids",
                                    "tokenizer.ggml.stop_token_ids"};

// Fill-in-the-middle: the ids that a key names, or else these names.
struct Fim {
  bool ends;
  std::initializer_list<const char*> keys;
  std::initializer_list<std::string_view> names;
};

const Fim kFims[] = {
    {true,
     {"tokenizer.ggml.fim_pad_token_id"},
     {"<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"}},
    {true,
     {"tokenizer.ggml.fim_rep_token_id"},
     {"<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"}},
    {true, {"tokenizer.ggml.fim_sep_token_id"}, {"<|file_sep|>"}},
    {false,
     {"tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id"},
     {"<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>",
      "<|code_prefix|>", "<|prefix|>"}},
    {false,
     {"tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.suffix_token_id"},
     {"<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>",
      "<|code_suffix|>", "<|suffix|>"}},
    {false,
     {"tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.middle_token_id"},
     {"<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>",
      "<|code_middle|>", "<|middle|>"}},
};

// The tokens that have a known name.
class Names {
 public:
  explicit Names(const Vocabulary& vocabulary) {
    for (const std::string_view name : kEnds) rows_.push_back({name, {}});
    for (const Fim& fim : kFims) {
      for (const std::string_view name : fim.names) rows_.push_back({name, {}});
    }
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
    for (TokenId id = 0; vocabulary.has(id); ++id) {
      const Row* row = find(vocabulary.text(id));
      if (row) rows_[static_cast<size_t>(row - rows_.data())].ids.push_back(id);
    }
  }

  TokenSet all(size_t tokens) const {
    TokenSet out(tokens, false);
    for (const Row& row : rows_) {
      for (const TokenId id : row.ids) out[static_cast<size_t>(id)] = true;
    }
    return out;
  }

  // In order; none where no token has the name.
  const std::vector<TokenId>& ids(std::string_view name) const { return find(name)->ids; }

 private:
  struct Row {
    std::string_view name;
    std::vector<TokenId> ids;
  };

  const Row* find(std::string_view name) const {
    const auto row = std::lower_bound(rows_.begin(), rows_.end(), name,
                                      [](const Row& a, std::string_view b) { return a.name < b; });
    return row != rows_.end() && row->name == name ? &*row : nullptr;
  }

  std::vector<Row> rows_;  // by name
};

// Gives roles to the tokens of a vocabulary.
class Roles {
 public:
  Roles(const gguf::File& file, Vocabulary& vocabulary) : vocabulary_(vocabulary), names_(vocabulary) {
    const auto source = file.string("tokenizer.chat_template", "");
    if (source) template_ = *source;
    vocabulary.ends.assign(vocabulary.size(), false);
    vocabulary.named = names_.all(vocabulary.size());
    silent_ = std::count(vocabulary.types.begin(), vocabulary.types.end(), TokenType::control) == 0;
  }

  void give(TokenId id, bool ends) {
    TokenType& type = type_of(id);
    if (silent_ && type == TokenType::normal) type = TokenType::control;
    if (ends) vocabulary_.ends[static_cast<size_t>(id)] = true;
  }

  void give_by_name(std::string_view name, bool ends) {
    const auto& ids = names_.ids(name);
    const bool is_written = !ids.empty() && template_.find(name) != template_.npos;
    for (const TokenId id : ids) {
      const TokenType type = type_of(id);
      if (type == TokenType::control || (type == TokenType::normal && silent_) ||
          (type == TokenType::user_defined && is_written)) {
        give(id, ends);
      }
    }
  }

  bool has(std::string_view name) const { return !names_.ids(name).empty(); }

  // The name says nothing here.
  void forget(std::string_view name, TokenType type) {
    for (const TokenId id : names_.ids(name)) {
      const auto i = static_cast<size_t>(id);
      if (vocabulary_.ends[i]) type_of(id) = type;
      vocabulary_.ends[i] = vocabulary_.named[i] = false;
    }
  }

 private:
  TokenType& type_of(TokenId id) { return vocabulary_.types[static_cast<size_t>(id)]; }

  Vocabulary& vocabulary_;
  Names names_;
  std::string_view template_;
  bool silent_ = false;  // the file says nothing of types
};

// Where a name is an end in one family and a mark inside the answer in another.
void apply_exceptions(Roles& roles) {
  const bool calls = roles.has("<|call|>") || roles.has("<|calls|>");
  if (calls && (roles.has("<|return|>") || roles.has("<|flush|>"))) {
    roles.forget("<|end|>", TokenType::user_defined);
  }
  if (roles.has("<|tool_response>")) roles.forget("</s>", TokenType::normal);
}

Result<std::vector<TokenId>> read_keys(const gguf::File& file, std::span<const char* const> keys,
                                       const Vocabulary& vocabulary, Warnings& warnings) {
  std::vector<TokenId> out;
  for (const char* key : keys) {
    auto ids = TRY(read_token_ids(file, key, vocabulary, warnings));
    out.insert(out.end(), ids.begin(), ids.end());
  }
  return out;
}

}  // namespace

Status give_roles(const gguf::File& file, Vocabulary& vocabulary, Warnings& warnings) {
  Roles roles(file, vocabulary);
  for (const std::string_view name : kEnds) roles.give_by_name(name, true);
  apply_exceptions(roles);  // of names: a key is right about its own file
  auto ends = TRY(read_keys(file, kEndKeys, vocabulary, warnings));
  for (const TokenId id : ends) vocabulary.ends[static_cast<size_t>(id)] = true;
  for (const Fim& fim : kFims) {
    auto ids = TRY(read_keys(file, fim.keys, vocabulary, warnings));
    for (const TokenId id : ids) roles.give(id, fim.ends);
    if (!ids.empty()) continue;
    for (const std::string_view name : fim.names) roles.give_by_name(name, fim.ends);
  }
  return {};
}

}  // namespace straddle::text
