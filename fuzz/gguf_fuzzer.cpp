// Any bytes as a GGUF file: refused in one line, or read and used to the last tensor.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target gguf_fuzzer
//   fuzz/make_gguf_corpus.py /tmp/corpus
//   build/fuzz/fuzz/gguf_fuzzer -dict=fuzz/gguf.dict -max_len=16384 -max_total_time=600 /tmp/corpus
#include <cstdlib>

#include "gguf/gguf.h"

namespace straddle::gguf {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void use_keys(const File& file) {
  for (const Entry& entry : file.entries()) {
    require(file.find(entry.key) == &entry.value);
    (void)file.integer(entry.key);
    (void)file.number(entry.key);
    (void)file.boolean(entry.key, true);
    (void)file.string(entry.key);
    (void)file.integers(entry.key);
    (void)file.numbers(entry.key);
    (void)file.strings(entry.key);
  }
}

uint64_t use_data(const File& file) {
  uint64_t sum = 0;
  for (const Tensor& tensor : file.tensors()) {
    const auto data = file.data(tensor);
    require(file.tensor(tensor.name) == &tensor && !data.empty() && data.size() == tensor.bytes);
    sum += uint64_t(data.front()) + data.back();
  }
  return sum;
}

// What we can read we can write, and read again with as many keys and tensors. Large alignments are
// left out: their padding costs memory.
void copy(const File& file) {
  if (file.integer("general.alignment", uint64_t{32}).value_or(0) > 4096) return;
  Writer writer;
  for (const Entry& entry : file.entries()) writer.add(entry);
  for (const Tensor& tensor : file.tensors())
    writer.add_tensor(tensor.name, tensor.format, std::span(tensor.shape, tensor.n_dims),
                      [&]() -> Result<std::span<const uint8_t>> { return file.data(tensor); });
  const auto bytes = writer.bytes();
  require(bytes.has_value());
  const auto again = File::parse(*bytes, "copy");
  require(again.has_value() && again->tensors().size() == file.tensors().size());
}

void use(std::span<const uint8_t> bytes) {
  const auto header = File::parse(bytes, "header", true);
  if (header) use_keys(*header);
  const auto whole = File::parse(bytes, "whole");
  if (!whole) return require(!one_line(whole.error()).empty());
  require(header.has_value());  // whoever has all has the header
  use_data(*whole);
  copy(*whole);
}

}  // namespace
}  // namespace straddle::gguf

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  straddle::gguf::use({data, size});
  return 0;
}
