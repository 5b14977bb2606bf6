// From a name to a model in a store, by the calls of a registry.
#include <algorithm>

#include "base/checked.h"
#include "net/net.h"
#include "store/blob_pull.h"
#include "store/made_file.h"
#include "store/partial_blob.h"
#include "store/registry.h"
#include "store/store.h"

namespace straddle::store {
namespace {

Status check_manifest(const Manifest& manifest, const ModelName& name) {
  const auto is_tensor = [](const Blob& layer) { return layer.kind == LayerKind::tensor; };
  if (std::ranges::any_of(manifest.layers, is_tensor))
    return fail(ErrorKind::unsupported, name.shown(), "its weights are safetensors, not a GGUF file");
  if (!manifest.layers.empty()) return {};
  return fail(ErrorKind::unsupported, name.shown(),
              "it has no files: it is computed by a service, not here",
              "pull one whose weights can be had");
}

Status check_all_room(const ModelStore& store, const std::vector<Blob>& blobs) {
  uint64_t missing = 0;
  for (const Blob& blob : blobs)
    missing = checked_add(missing, missing_bytes(store, blob)).value_or(UINT64_MAX);
  return check_room(store.blobs() + "/new", missing);
}

// Ollama's words in front of what the registry said.
tl::unexpected<Error> no_manifest(Error error) {
  if (error.kind != ErrorKind::interrupted) error.what.insert(0, "pull model manifest: ");
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

Status pull(const ModelStore& store, const ModelName& name, const TransferOptions& options) {
  if (name.plain_http && !options.insecure)
    return fail(ErrorKind::usage, "", "insecure protocol http", "--insecure allows it");
  TRY(store.make_folders());
  remove_old_partials(store);
  auto client = TRY(net::Client::create(
      {.plain_http = options.insecure, .patience = options.patience, .agent = options.agent}));
  Registry registry(client, name, options.insecure, options.patience, options.goes_on);
  options.status("pulling manifest");
  const auto text = registry.manifest();
  if (!text) return no_manifest(text.error());
  const auto manifest = TRY(parse_manifest(*text, name.shown()));
  TRY(check_manifest(manifest, name));
  const auto blobs = TRY(blobs_of(manifest, name.shown()));
  TRY(check_all_room(store, blobs));
  for (const Blob& blob : blobs) {
    TRY(pull_blob(client, registry, store, blob,
                  {.patience = options.patience,
                   .progress = [&](uint64_t done) { options.progress(blob, done); },
                   .goes_on = options.goes_on}));
  }
  options.status("verifying sha256 digest");
  options.status("writing manifest");
  TRY(store.write_manifest(name, *text));
  options.status("success");
  return {};
}

}  // namespace straddle::store
