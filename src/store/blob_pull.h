// One blob from where a registry keeps it into a store.
#pragma once
#include <chrono>
#include <functional>

#include "net/net.h"
#include "store/model_store.h"
#include "store/registry.h"

namespace straddle::store {

struct BlobPullOptions {
  std::chrono::milliseconds patience = std::chrono::seconds(30);
  std::function<void(uint64_t done)> progress = [](uint64_t) {};  // bytes that are there
  std::function<bool()> goes_on = [] { return true; };            // false ends with interrupted
};

// Functions are called ten times a second. In pieces from the front, several at once: as many as bring
// more. Each byte is written once; the digest is computed behind them. What is there when it ends,
// however it ends, is kept and not asked for again. bad_file: what came is not what the manifest says;
// nothing of it stays where the digest differs.
Status pull_blob(net::Client& client, Registry& registry, const ModelStore& store, const Blob& blob,
                 const BlobPullOptions& options);

}  // namespace straddle::store
