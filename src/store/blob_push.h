// One blob from a store to a registry.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "store/model_store.h"
#include "store/registry.h"

namespace straddle::store {

struct BlobPushOptions {
  std::chrono::milliseconds patience = std::chrono::seconds(30);
  // Bytes that were sent; they never become fewer.
  std::function<void(uint64_t done)> progress = [](uint64_t) {};
};

// In pieces, one after the other, as one upload; what fails is tried again from where the registry says
// that it is. Not sent: what the registry has, and what it takes from `other` (Registry::begin_upload).
// io: also where it says that it got something else than the digest promises.
Status push_blob(Registry& registry, const ModelStore& store, const Blob& blob, const std::string& other,
                 const BlobPushOptions& options);

}  // namespace straddle::store
