// The command `show`: what a model file says of itself.
#pragma once
#include <cstdio>

#include "base/result.h"
#include "gguf/gguf.h"

namespace straddle::cli {

struct ShowOptions {
  bool tensors = false;   // the table of tensors
  bool metadata = false;  // every key
  bool json = false;      // one JSON object instead of tables; arrays in full
};

// Works on a header alone. io where `out` takes no more.
Status show(const gguf::File& file, const ShowOptions& options, FILE* out);

}  // namespace straddle::cli
