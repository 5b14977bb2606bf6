#include "store/stored_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace straddle::store {
namespace {

using Json = nlohmann::json;  // keys in a tree, as in manifest.cpp

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// ---- parameters

// A whole number as such, however it was written: 4096.0 is 4096.
std::string number_text(const Json& value) {
  constexpr double kWhole = 9e15;
  const double number = value.get<double>();
  if (value.is_number_float() && number == std::floor(number) && std::fabs(number) < kWhole)
    return std::to_string(int64_t(number));
  return value.dump();
}

void add_parameter(const std::string& name, const Json& value, std::vector<ModelParameter>& out) {
  if (value.is_string()) out.push_back({name, value.get<std::string>(), true});
  if (value.is_boolean()) out.push_back({name, value.get<bool>() ? "true" : "false"});
  if (value.is_number()) out.push_back({name, number_text(value)});
}

// Discarded where it is none, or too large.
Json parsed(const std::string& text) {
  return text.size() > kLargestJson ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
}

tl::unexpected<Error> refuse(const std::string& where, const std::string& what) {
  return fail(ErrorKind::bad_file, where, what);
}

tl::unexpected<Error> unsupported(const StoreEntry& entry, const std::string& what,
                                  std::string hint = {}) {
  return fail(ErrorKind::unsupported, entry.name.shown(), what, std::move(hint));
}

// ---- layers

std::vector<const Blob*> layers_of(const Manifest& manifest, LayerKind kind) {
  std::vector<const Blob*> out;
  for (const Blob& layer : manifest.layers)
    if (layer.kind == kind) out.push_back(&layer);
  return out;
}

// Of several the last one counts; empty where there is none.
Result<std::string> last_text(const ModelStore& store, const Manifest& manifest, LayerKind kind) {
  const auto layers = layers_of(manifest, kind);
  return layers.empty() ? Result<std::string>("") : store.blob_text(*layers.back());
}

// What can be told from the manifest alone.
Status check_kinds(const StoreEntry& entry) {
  const auto has = [&](LayerKind kind) { return !layers_of(entry.manifest, kind).empty(); };
  const size_t models = layers_of(entry.manifest, LayerKind::model).size();
  if (has(LayerKind::tensor)) return unsupported(entry, "its weights are safetensors, not a GGUF file");
  if (has(LayerKind::adapter))
    return unsupported(entry, "it has an adapter (LoRA), which straddle cannot add to a model yet");
  if (models > 1) return unsupported(entry, "its weights are in " + std::to_string(models) + " parts");
  if (models == 1) return {};
  return fail(ErrorKind::bad_file, entry.path, "names no model");
}

Status read_texts(StoredModel& out) {
  const Manifest& manifest = out.entry.manifest;
  out.chat_template = TRY(last_text(out.store, manifest, LayerKind::chat_template));
  out.system = TRY(last_text(out.store, manifest, LayerKind::system));
  for (const Blob* license : layers_of(manifest, LayerKind::license))
    out.licenses.push_back(TRY(out.store.blob_text(*license)));
  const std::string params = TRY(last_text(out.store, manifest, LayerKind::params));
  if (!params.empty()) out.parameters = TRY(parse_params(params, out.entry.path + ": params"));
  const std::string messages = TRY(last_text(out.store, manifest, LayerKind::messages));
  if (!messages.empty()) out.messages = TRY(parse_messages(messages, out.entry.path + ": messages"));
  return {};
}

Status read_config(StoredModel& out) {
  const Blob& config = out.entry.manifest.config;
  if (config.digest.hex().empty()) return {};
  const auto text = TRY(out.store.blob_text(config));
  out.config = TRY(parse_config(text, out.store.blob_path(config.digest)));
  if (out.config.remote_host.empty()) return {};
  return unsupported(out.entry, "it is computed by a service, not here",
                     "pull one whose weights can be had");
}

}  // namespace

Result<std::vector<ModelParameter>> parse_params(const std::string& text, const std::string& where) {
  const Json json = parsed(text);
  if (!json.is_object()) return refuse(where, "is no JSON object");
  std::vector<ModelParameter> out;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_array()) add_parameter(name, value, out);
    for (size_t i = 0; value.is_array() && i < value.size(); ++i) add_parameter(name, value[i], out);
  }
  return out;
}

Result<std::vector<ModelMessage>> parse_messages(const std::string& text, const std::string& where) {
  const Json json = parsed(text);
  if (!json.is_array()) return refuse(where, "is no JSON list of messages");
  std::vector<ModelMessage> out;
  for (const Json& item : json) {
    ModelMessage message{text_at(item, "role"), text_at(item, "content")};
    if (!is_message_role(message.role))
      return refuse(where, "message " + std::to_string(out.size() + 1) + " has no role that is known");
    out.push_back(std::move(message));
  }
  return out;
}

bool is_message_role(std::string_view role) {
  return role == "system" || role == "user" || role == "assistant";
}

Result<ModelConfig> parse_config(const std::string& text, const std::string& where) {
  const Json json = parsed(text);
  if (!json.is_object()) return refuse(where, "is no JSON object");
  const auto at = [&](const char* key) { return text_at(json, key); };
  return ModelConfig{at("model_format"), at("model_family"), at("model_type"), at("file_type"),
                     at("renderer"),     at("parser"),       at("requires"),   at("remote_host")};
}

Result<StoredModel> read_stored_model(const ModelStore& store, StoreEntry entry) {
  StoredModel out{.store = store, .entry = std::move(entry)};
  TRY(read_config(out));
  TRY(check_kinds(out.entry));
  const Blob& model = *layers_of(out.entry.manifest, LayerKind::model)[0];
  TRY(store.check_blob(model));
  out.path = store.blob_path(model.digest);
  for (const Blob* projector : layers_of(out.entry.manifest, LayerKind::projector))
    out.projectors.push_back(store.blob_path(projector->digest));
  TRY(read_texts(out));
  return out;
}

Result<std::pair<ModelStore, StoreEntry>> find_entry(std::string_view name) {
  const auto parsed = TRY(parse_model_name(name));
  const auto stores = model_stores();
  for (const ModelStore& store : stores) {
    auto entry = store.find(parsed);
    if (entry) return std::pair(store, std::move(*entry));
    if (entry.error().kind != ErrorKind::not_found) return fail(entry);
  }
  return fail(ErrorKind::not_found, "", "model '" + std::string(name) + "' not found");
}

}  // namespace straddle::store
