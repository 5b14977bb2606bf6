// What is the same in all files that are made here: the keys that say how, and the bytes of a tensor.
#pragma once
#include "store/store.h"

namespace straddle::store {

// general.file_type and general.quantization_version.
void add_recipe_keys(const Recipe& recipe, gguf::Writer& writer);
bool is_recipe_key(std::string_view key);

// Of a tensor in whole rows: columns must be a multiple of the format's block.
uint64_t tensor_bytes(quant::Format format, uint64_t columns, uint64_t values);

}  // namespace straddle::store
