// What is the same in all files that are made here: the keys that say how, the bytes of a tensor, and
// what is checked before the work begins.
#pragma once
#include "store/store.h"

namespace straddle::store {

// general.file_type and general.quantization_version.
void add_recipe_keys(const Recipe& recipe, gguf::Writer& writer);
bool is_recipe_key(std::string_view key);

// Of a tensor in whole rows: columns must be a multiple of the format's block.
uint64_t tensor_bytes(quant::Format format, uint64_t columns, uint64_t values);

// Whether a file of so many bytes may be made at `out`. usage: it has no name, or stands there and holds
// something else than GGUF: a file of the user's own, named by a slip, is not lost. io: it cannot be
// written, or its folder has no room for it.
Status check_target(const std::string& out, uint64_t bytes);
// The last of it alone.
Status check_room(const std::string& out, uint64_t bytes);

}  // namespace straddle::store
