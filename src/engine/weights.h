// Where a file has what a device is to hold.
#pragma once
#include <functional>
#include <span>

#include "gguf/gguf.h"
#include "model/model.h"
#include "ops/device.h"

namespace straddle::engine {

// Device::load, or what takes its place.
using TakeWeight = std::function<Result<uint32_t>(const ops::WeightSource&)>;

// Hands out weights in order, so that they are numbered from 0. Returns their bytes in the file, those
// that lie between the columns of a piece included, as ops::OnPacked counts them. Errors name file and
// tensor.
Result<uint64_t> load_weights(const gguf::File& file, std::span<const model::TensorRef> weights,
                              const TakeWeight& take);

}  // namespace straddle::engine
