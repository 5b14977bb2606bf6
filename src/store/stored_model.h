// A model of a store, with what its layers say.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/model_store.h"

namespace straddle::store {

// What was said before a conversation with the model begins.
struct ModelMessage {
  std::string role, content;  // system, user, assistant
};

// An option that the model sets; lists repeat.
struct ModelParameter {
  std::string name, value;
  bool is_text = false;  // shown in quotes
};

// What the config of a manifest says of the model; texts are empty where it says nothing.
struct ModelConfig {
  std::string format, family, parameters, quantization;  // "gguf", "llama", "8.0B", "Q4_K_M"
  std::string renderer, parser, needs_version, remote_host;
};

struct StoredModel {
  ModelStore store;
  StoreEntry entry;
  std::string path;                     // of the GGUF file
  std::vector<std::string> projectors;  // paths
  std::string chat_template;            // in the language of Go
  std::string system;
  std::vector<std::string> licenses;
  std::vector<ModelParameter> parameters;
  std::vector<ModelMessage> messages;
  ModelConfig config;
};

// Reads the layers. With the file and line-long reason: unsupported where the model is none that can run
// here (of the cloud, not GGUF, in parts, with an adapter); not_found or bad_file where a blob is
// missing or is not what the manifest says.
Result<StoredModel> read_stored_model(const ModelStore& store, StoreEntry entry);

// What a name stands for, with the first store that has it. usage: no name; not_found: no store has it.
Result<std::pair<ModelStore, StoreEntry>> find_entry(std::string_view name);

// ---- layers that are JSON, as strangers wrote them

// Numbers, words, truth values, and lists of these; what is nothing of it is passed over. bad_file: no
// object.
Result<std::vector<ModelParameter>> parse_params(const std::string& text, const std::string& where);
Result<std::vector<ModelMessage>> parse_messages(const std::string& text, const std::string& where);
Result<ModelConfig> parse_config(const std::string& text, const std::string& where);
bool is_message_role(std::string_view role);

}  // namespace straddle::store
