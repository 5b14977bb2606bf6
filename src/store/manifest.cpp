#include "store/manifest.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/checked.h"

namespace straddle::store {
namespace {

using Json = nlohmann::json;  // keys in a tree: an object with many of them is read in good time

constexpr std::string_view kManifestType = "application/vnd.docker.distribution.manifest.v2+json";
constexpr size_t kMostLayers = 100'000;  // models of many parts have some thousand

struct MediaType {
  LayerKind kind;
  std::string_view name;
};
// The first of a kind is written.
constexpr MediaType kMediaTypes[] = {
    {LayerKind::model, "application/vnd.ollama.image.model"},
    {LayerKind::projector, "application/vnd.ollama.image.projector"},
    {LayerKind::adapter, "application/vnd.ollama.image.adapter"},
    {LayerKind::chat_template, "application/vnd.ollama.image.template"},
    {LayerKind::chat_template, "application/vnd.ollama.image.prompt"},
    {LayerKind::system, "application/vnd.ollama.image.system"},
    {LayerKind::params, "application/vnd.ollama.image.params"},
    {LayerKind::messages, "application/vnd.ollama.image.messages"},
    {LayerKind::license, "application/vnd.ollama.image.license"},
    {LayerKind::draft, "application/vnd.ollama.image.draft"},
    {LayerKind::tensor, "application/vnd.ollama.image.tensor"},
    {LayerKind::config, "application/vnd.docker.container.image.v1+json"},
};

LayerKind kind_of(std::string_view media_type) {
  const auto found = std::ranges::find(kMediaTypes, media_type, &MediaType::name);
  return found == std::end(kMediaTypes) ? LayerKind::other : found->kind;
}

tl::unexpected<Error> refuse(const std::string& where, const std::string& what) {
  return fail(ErrorKind::bad_file, where, "is no manifest: " + what);
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Blob> blob_of(const Json& json, const std::string& path, const std::string& where) {
  if (!json.is_object()) return refuse(where, path + " is no object");
  Blob out;
  out.media_type = text_at(json, "mediaType");
  out.kind = kind_of(out.media_type);
  const auto digest = Digest::parse(text_at(json, "digest"));
  if (!digest) return refuse(where, path + ".digest is no sha256 digest");
  out.digest = *digest;
  const auto size = json.find("size");
  if (size == json.end() || !size->is_number_unsigned() || size->get<uint64_t>() > INT64_MAX)
    return refuse(where, path + ".size is no size");
  out.size = size->get<uint64_t>();
  return out;
}

nlohmann::ordered_json json_of(const Blob& blob) {
  return {{"mediaType", blob.media_type}, {"digest", blob.digest.text()}, {"size", blob.size}};
}

}  // namespace

uint64_t Manifest::bytes() const {
  uint64_t out = config.size;
  for (const Blob& layer : layers) out = checked_add(out, layer.size).value_or(UINT64_MAX);
  return out;
}

std::string_view media_type_of(LayerKind kind) {
  const auto found = std::ranges::find(kMediaTypes, kind, &MediaType::kind);
  return found == std::end(kMediaTypes) ? std::string_view() : found->name;
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& where) {
  if (text.size() > kLargestJson) return refuse(where, "it is too large");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return refuse(where, "it is no JSON object");
  const auto layers = json.find("layers");
  if (layers == json.end() || !layers->is_array()) return refuse(where, "it has no list of layers");
  if (layers->size() > kMostLayers) return refuse(where, "it has too many layers");
  Manifest out;
  for (const Json& layer : *layers) {
    const std::string path = "layers[" + std::to_string(out.layers.size()) + "]";
    out.layers.push_back(TRY(blob_of(layer, path, where)));
  }
  const auto config = json.find("config");
  if (config != json.end() && config->is_object() && !text_at(*config, "digest").empty())
    out.config = TRY(blob_of(*config, "config", where));
  return out;
}

Result<std::vector<Blob>> blobs_of(const Manifest& manifest, const std::string& where) {
  std::vector<Blob> out = manifest.layers;
  if (!manifest.config.digest.hex().empty()) out.push_back(manifest.config);
  std::map<Digest, uint64_t> sizes;
  for (const Blob& blob : out)
    if (sizes.emplace(blob.digest, blob.size).first->second != blob.size)
      return fail(ErrorKind::bad_file, where, "says two sizes of " + blob.digest.text());
  std::erase_if(out, [&](const Blob& blob) { return sizes.erase(blob.digest) == 0; });
  return out;
}

std::string manifest_text(const Manifest& manifest) {
  nlohmann::ordered_json out{{"schemaVersion", 2}, {"mediaType", kManifestType}};
  out["config"] = json_of(manifest.config);
  out["layers"] = nlohmann::ordered_json::array();
  for (const Blob& layer : manifest.layers) out["layers"].push_back(json_of(layer));
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace straddle::store
