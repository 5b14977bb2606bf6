#include "engine/weights.h"

#include <optional>

#include "base/checked.h"

namespace straddle::engine {
namespace {

using ops::Piece;

std::optional<uint64_t> times(std::optional<uint64_t> a, uint64_t b) {
  return a ? checked_mul(*a, b) : std::nullopt;
}
std::optional<uint64_t> plus(std::optional<uint64_t> a, std::optional<uint64_t> b) {
  return a && b ? checked_add(*a, *b) : std::nullopt;
}

// Rows of a tensor that follow each other, from the first byte of the first to the last of the last.
struct Cutter {
  std::span<const uint8_t> data;
  const model::TensorRef& ref;
  std::optional<uint64_t> stride = quant::row_bytes(ref.format, ref.all_columns);
  std::optional<uint64_t> skipped = quant::row_bytes(ref.format, ref.first_column);
  std::optional<uint64_t> width = quant::row_bytes(ref.format, ref.columns);

  std::optional<Piece> rows(std::optional<uint64_t> first, std::optional<uint64_t> count) const {
    if (!first || !count || *count == 0 || !stride) return std::nullopt;
    const auto begin = plus(times(first, *stride), skipped);
    const auto size = plus(times(*count - 1, *stride), width);
    const auto end = plus(begin, size);
    if (!end || *end > data.size()) return std::nullopt;
    return Piece{data.subspan(*begin, *size), *count};
  }
};

// The tensor of matrix i, and where it begins there.
uint32_t tensor_of(const model::TensorRef& ref, uint32_t i) {
  return i == 0 || ref.others.empty() ? ref.tensor : ref.others.at(i - 1);
}
std::optional<uint64_t> first_row(const model::TensorRef& ref, uint32_t i) {
  return ref.others.empty() ? plus(ref.first_row, checked_mul(i, ref.matrix_rows)) : ref.first_row;
}

// One piece where all matrices lie behind each other, else one for each. Empty where they are not in it.
std::vector<Piece> pieces_of(const gguf::File& file, const model::TensorRef& ref) {
  const bool one = model::in_one_run(ref);
  const auto rows = one ? checked_mul(ref.rows, ref.matrices) : ref.rows;
  std::vector<Piece> out;
  for (uint32_t i = 0; i < (one ? 1 : ref.matrices); ++i) {
    const Cutter cutter{file.data(file.tensors()[tensor_of(ref, i)]), ref};
    const auto piece = cutter.rows(first_row(ref, i), rows);
    if (!piece) return {};
    out.push_back(*piece);
  }
  return out;
}

Result<uint64_t> load_weight(const gguf::File& file, const model::TensorRef& ref,
                             const TakeWeight& take) {
  const gguf::Tensor& tensor = file.tensors()[ref.tensor];
  const std::vector<Piece> pieces = pieces_of(file, ref);
  const auto where = [&] { return file.path() + ": tensor '" + std::string(tensor.name) + "'"; };
  if (pieces.empty()) return fail(ErrorKind::bad_file, where(), "it does not have what is read of it");
  auto loaded = take({.format = ref.format,
                      .columns = ref.columns,
                      .rows = uint64_t(ref.rows) * ref.matrices,
                      .pieces = pieces,
                      .row_stride = *quant::row_bytes(ref.format, ref.all_columns),
                      .name = tensor.name});
  if (!loaded) {
    loaded.error().where = where();
    return fail(loaded);
  }
  uint64_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.bytes.size();
  return bytes;
}

}  // namespace

Result<uint64_t> load_weights(const gguf::File& file, std::span<const model::TensorRef> weights,
                              const TakeWeight& take) {
  uint64_t sum = 0;
  for (const model::TensorRef& ref : weights) {
    const uint64_t bytes = TRY(load_weight(file, ref, take));
    sum += bytes;
  }
  return sum;
}

}  // namespace straddle::engine
