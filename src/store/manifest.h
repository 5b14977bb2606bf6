// Manifests: what a model of a store is made of, as JSON that strangers wrote.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/digest.h"

namespace straddle::store {

// What a layer is; names of media types that are not known are `other`.
enum class LayerKind : uint8_t {
  model,      // GGUF
  projector,  // GGUF
  adapter,    // GGUF
  chat_template,
  system,
  params,    // JSON: an object of options
  messages,  // JSON: [{role, content}]
  license,
  draft,   // GGUF
  tensor,  // a part of a model that is no GGUF file
  config,
  other,
};

// One blob of a manifest.
struct Blob {
  LayerKind kind = LayerKind::other;
  std::string media_type;
  Digest digest;
  uint64_t size = 0;
};

struct Manifest {
  Blob config;
  std::vector<Blob> layers;
  uint64_t bytes() const;  // of config and layers; at most 2^64-1
};

// Bytes of a manifest, or of another JSON text; real ones have some thousand. A bomb of brackets takes
// 70 times as much memory.
inline constexpr size_t kLargestJson = 1 << 20;

// where: the file, for errors. bad_file: no manifest, or one with a digest or size that cannot be.
Result<Manifest> parse_manifest(std::string_view text, const std::string& where);

// Layers, then the config, as Ollama pulls and pushes them; each digest once. bad_file, naming `where`:
// it says two sizes of one.
Result<std::vector<Blob>> blobs_of(const Manifest& manifest, const std::string& where);

// As Ollama writes it. Digests are those of the blobs.
std::string manifest_text(const Manifest& manifest);

std::string_view media_type_of(LayerKind kind);  // empty of `other`

}  // namespace straddle::store
