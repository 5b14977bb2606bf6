#include "testing/changed_model.h"

namespace straddle::testing {
namespace {

void add(gguf::Writer& writer, const gguf::File& file, const gguf::Tensor& t) {
  writer.add_tensor(t.name, t.format, std::span(t.shape, t.n_dims),
                    [&file, &t]() -> Result<std::span<const uint8_t>> { return file.data(t); });
}

}  // namespace

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
    if (t.name != drop) add(writer, file, t);
  }
  auto bytes = writer.bytes();
  return bytes ? *bytes : std::vector<uint8_t>();
}

std::vector<uint8_t> with_tensor(const gguf::File& file, std::string_view name,
                                 std::span<const float> values) {
  gguf::Writer writer;
  for (const auto& entry : file.entries()) writer.add(entry);
  for (const auto& t : file.tensors()) add(writer, file, t);
  const uint64_t shape[] = {values.size()};
  writer.add_tensor(name, quant::Format::F32, shape, [values]() -> Result<std::span<const uint8_t>> {
    return std::span(reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes());
  });
  auto bytes = writer.bytes();
  return bytes ? *bytes : std::vector<uint8_t>();
}

namespace {

void add_experts(gguf::Writer& writer, const gguf::File& file, const gguf::Tensor& t) {
  const std::string name(t.name.substr(0, t.name.find("_exps")));
  const uint64_t each = t.bytes / t.shape[2];
  for (uint64_t e = 0; e < t.shape[2]; ++e) {
    writer.add_tensor(name + "." + std::to_string(e) + ".weight", t.format, std::span(t.shape, 2),
                      [&file, &t, e, each]() -> Result<std::span<const uint8_t>> {
                        return file.data(t).subspan(e * each, each);
                      });
  }
}

}  // namespace

std::vector<uint8_t> with_separate_experts(const gguf::File& file) {
  gguf::Writer writer;
  for (const auto& entry : file.entries()) writer.add(entry);
  bool some = false;
  for (const auto& t : file.tensors()) {
    const bool experts = t.name.ends_with("_exps.weight");
    some = some || experts;
    experts ? add_experts(writer, file, t) : add(writer, file, t);
  }
  auto bytes = writer.bytes();
  return some && bytes ? *bytes : std::vector<uint8_t>();
}

}  // namespace straddle::testing
