#include "store/made_file.h"

namespace straddle::store {
namespace {

constexpr std::string_view kFileType = "general.file_type", kVersion = "general.quantization_version";
constexpr uint32_t kQuantizationVersion = 2;  // llama.cpp's number for the layouts of blocks

}  // namespace

void add_recipe_keys(const Recipe& recipe, gguf::Writer& writer) {
  writer.add(kFileType, recipe.file_type);
  writer.add(kVersion, kQuantizationVersion);
}

bool is_recipe_key(std::string_view key) { return key == kFileType || key == kVersion; }

uint64_t tensor_bytes(quant::Format format, uint64_t columns, uint64_t values) {
  return *quant::row_bytes(format, columns) * (values / columns);
}

}  // namespace straddle::store
