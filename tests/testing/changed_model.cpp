#include "testing/changed_model.h"

namespace straddle::testing {

std::vector<uint8_t> changed_model(const gguf::File& file, std::string_view drop, std::string_view key,
                                   uint32_t value) {
  gguf::Writer writer;
  for (const auto& entry : file.entries()) {
    if (entry.key == key) {
      writer.add(key, value);
    } else {
      writer.add(entry);
    }
  }
  for (const auto& t : file.tensors()) {
    if (t.name == drop) continue;
    writer.add_tensor(t.name, t.format, std::span(t.shape, t.n_dims),
                      [&file, &t]() -> Result<std::span<const uint8_t>> { return file.data(t); });
  }
  auto bytes = writer.bytes();
  return bytes ? *bytes : std::vector<uint8_t>();
}

}  // namespace straddle::testing
