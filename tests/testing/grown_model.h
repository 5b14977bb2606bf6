// Models grown from their keys alone: describe says which tensor is missing and which shape it expects,
// until nothing is. So every architecture can be had whole in a clone, as small or as absurd as its keys
// say, and a lie in a key comes with the tensors that make it true.
#pragma once
#include <string>
#include <string_view>

#include "testing/sparse_model.h"

namespace straddle::testing {

// Small numbers for every key that an architecture may read, and a table of tokens.
SparseModel seed_of(std::string_view architecture);

// Adds and reshapes tensors as describe asks, up to `most` times. The line of what it refuses at the
// end; empty where it is content.
std::string grow(SparseModel& model, size_t most = 1000);

// Small numbers for the data of every tensor.
void fill(SparseModel& model);

}  // namespace straddle::testing
