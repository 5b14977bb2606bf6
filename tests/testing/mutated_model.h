// Small models of every architecture and kind of part, and lies told about them by a script of bytes: a
// fuzzer's input, or a seed's random numbers.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "testing/sparse_model.h"

namespace straddle::testing {

// Grown, in the same order always.
std::vector<SparseModel> small_models();

// Chooses a model and changes keys, shapes, formats and names of it. About half are then grown again, so
// that the tensors agree with the lie.
SparseModel mutated(std::span<const SparseModel> models, std::span<const uint8_t> script);

}  // namespace straddle::testing
