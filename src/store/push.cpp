// From a model in a store to the registry that its name names.
#include <algorithm>

#include "base/lower_case.h"
#include "store/blob_push.h"
#include "store/store.h"

namespace straddle::store {
namespace {

// Another repository of the registry that may have the blob: one of the models here that need it came
// from there, or went there. Empty where there is none.
std::string other_with(const Blob& blob, const ModelName& name, const std::vector<StoreEntry>& all) {
  const auto has = [&](const StoreEntry& entry) {
    const auto is_it = [&](const Blob& other) { return other.digest == blob.digest; };
    return is_it(entry.manifest.config) || std::ranges::any_of(entry.manifest.layers, is_it);
  };
  for (const StoreEntry& entry : all) {
    const bool same_host = lower_case(entry.name.host) == lower_case(name.host);
    const std::string repository = entry.name.owner + "/" + entry.name.model;
    if (same_host && repository != name.owner + "/" + name.model && has(entry)) return repository;
  }
  return {};
}

Status check_all_there(const ModelStore& store, const std::vector<Blob>& blobs) {
  for (const Blob& blob : blobs) {
    TRY(store.check_blob(blob));
  }
  return {};
}

}  // namespace

Status push(const ModelStore& store, const StoreEntry& entry, const TransferOptions& options) {
  if (entry.name.plain_http && !options.insecure)
    return fail(ErrorKind::usage, "", "insecure protocol http", "--insecure allows it");
  auto client = TRY(net::Client::create(
      {.plain_http = options.insecure, .patience = options.patience, .agent = options.agent}));
  Registry registry(client, entry.name, options.insecure, options.patience, options.goes_on);
  TRY(registry.check_takes_pushes());
  options.status("retrieving manifest");
  const auto text = TRY(store.manifest_bytes(entry));
  const auto manifest = TRY(parse_manifest(text, entry.path));
  const auto blobs = TRY(blobs_of(manifest, entry.path));
  TRY(check_all_there(store, blobs));
  const auto all = store.list();
  for (const Blob& blob : blobs) {
    TRY(push_blob(registry, store, blob, other_with(blob, entry.name, all),
                  {.patience = options.patience,
                   .progress = [&](uint64_t done) { options.progress(blob, done); }}));
  }
  options.status("pushing manifest");
  TRY(registry.put_manifest(text));
  options.status("success");
  return {};
}

}  // namespace straddle::store
