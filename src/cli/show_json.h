// `show --json`: one object.
#pragma once
#include "cli/show.h"

namespace straddle::cli {

// {path, version, parts, file_bytes, architecture, parameters, context_length, embedding_length,
//  quantization, bytes, bits_per_weight, formats: [{format, tensors, elements, bytes}],
//  metadata: {KEY: value}, tensors: [{name, format, shape, part, offset, bytes}]}
void show_json(const gguf::File& file, const ShowOptions& options, const Put& put);

}  // namespace straddle::cli
