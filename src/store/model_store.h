// A folder of models as Ollama lays it out, read and written in place:
//   manifests/HOST/NAMESPACE/MODEL/TAG   JSON; its SHA-256 is the model's id
//   blobs/sha256-HEX                     what the digest says
// Several programs may use one folder at the same time: files appear whole, and what adds or removes a
// name holds the lock of the folder meanwhile. docs/store.md.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/manifest.h"
#include "store/model_name.h"

namespace straddle::store {

// A name of a store with what it stands for.
struct StoreEntry {
  ModelName name;    // as the store spells it
  std::string path;  // of the manifest
  Digest id;         // of the manifest's bytes
  Manifest manifest;
  int64_t modified = 0;  // when the manifest was written: seconds since 1970
};

// bytes of a file so far, of all: false ends with interrupted.
using FileProgress = std::function<bool(uint64_t done, uint64_t total)>;

// A handle: plain data that may be copied, and used from any thread.
class ModelStore {
 public:
  explicit ModelStore(std::string root) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }
  bool exists() const;    // has a folder of manifests
  bool writable() const;  // or could be made

  // In the order of their names. problems: a line for each manifest and folder that cannot be read.
  std::vector<StoreEntry> list(std::vector<std::string>* problems = nullptr) const;
  // The name in any case; plain_http stays as it was typed. not_found: "model 'NAME' not found".
  Result<StoreEntry> find(const ModelName& name) const;

  // Of the entry, byte by byte.
  Result<std::string> manifest_bytes(const StoreEntry& entry) const;

  std::string blob_path(const Digest& digest) const;
  // not_found or bad_file, naming the blob, where it is not there or not of its size.
  Status check_blob(const Blob& blob) const;
  // Of a layer that is text. bad_file where it is no UTF-8 or unreasonably large.
  Result<std::string> blob_text(const Blob& blob) const;

  // ---- writing: io where it cannot be. Folders are made.

  Result<Blob> add_text(LayerKind kind, std::string_view text) const;
  // A copy of the file, whose digest is that of the bytes that were written.
  Result<Blob> add_file(LayerKind kind, const std::string& path,
                        const FileProgress& progress = {}) const;
  // Takes the file itself, which lies in blobs(), in place of a copy.
  Result<Blob> adopt_file(LayerKind kind, const std::string& path,
                          const FileProgress& progress = {}) const;
  std::string blobs() const { return root_ + "/blobs"; }
  Status make_folders() const { return make_folders(blobs()); }

  // Replaces what the name stood for, and removes what of that no name needs; a spelling that is there
  // wins. text: a manifest, byte by byte as it shall stand there; bad_file where it is none. Not written
  // where a blob is missing.
  Status write_manifest(const ModelName& name, std::string_view text) const;
  // The same bytes under another name.
  Status copy(const StoreEntry& from, const ModelName& to) const;
  // The name goes, then each blob that no other name needs. A warning where a manifest cannot be read
  // and so nothing but the name went; else empty.
  Result<std::string> remove(const StoreEntry& entry) const;

 private:
  std::string manifests() const { return root_ + "/manifests"; }
  std::string spelled(const ModelName& name) const;
  Result<StoreEntry> entry_of(const ModelName& name, const std::string& path) const;
  Status make_folders(const std::string& folder) const;
  std::string root_;
};

// ---- where models are

// In the order in which names are looked for: $STRADDLE_MODELS alone; else $OLLAMA_MODELS, or what
// Ollama uses where that exists, and then our own folder.
std::vector<ModelStore> model_stores();
// The first of them that can be written; else our own, whatever it is like.
ModelStore store_to_write();

}  // namespace straddle::store
