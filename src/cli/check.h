// `straddle logits --check`: where a model's values stop being numbers.
#pragma once
#include <span>

#include "cli/request.h"
#include "gguf/gguf.h"
#include "options/options.h"

namespace straddle::cli {

// First every weight, then every op on these tokens (none: the first ones of the vocabulary), on the
// reference device. bad_file names the tensor. What was fine is said.
Status check_numbers(const gguf::File& file, const Request& request, const options::Options& options,
                     std::span<const int32_t> tokens);

}  // namespace straddle::cli
