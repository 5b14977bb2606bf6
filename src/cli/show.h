// The command `show`: what a model file says of itself.
#pragma once
#include <functional>
#include <string_view>

#include "base/result.h"
#include "gguf/gguf.h"

namespace straddle::cli {

struct ShowOptions {
  bool tensors = false;   // the table of tensors
  bool metadata = false;  // every key
  bool json = false;      // one JSON object instead of tables; arrays in full
};

using Put = std::function<bool(std::string_view)>;  // a piece of text; false: no more

// Works on a header alone. Piece by piece, so that a large vocabulary costs no memory.
void show(const gguf::File& file, const ShowOptions& options, const Put& put);

}  // namespace straddle::cli
