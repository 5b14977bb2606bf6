// Products of weights with rows of activations: what MatMul and ExpertMatMul share, and the choice
// between packed, unpacked and float weights. Tasks share groups of 16 weight rows.
#include <algorithm>
#include <cstring>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// out = scale * (sum + before) + after: MatMul's bias comes after its scale, ExpertMatMul's before.
struct Finish {
  float scale = 1;
  const float* before = nullptr;  // by row of the weight; may be null
  const float* after = nullptr;
  float operator()(float sum, size_t row) const {
    const float inner = before ? sum + before[row] : sum;
    return after ? scale * inner + after[row] : scale * inner;
  }
};

// Rows first .. first+rows of a loaded matrix, and the inputs that meet them.
struct Product {
  const Matrix& matrix;
  uint64_t first;
  uint32_t rows;
  std::span<const Input> inputs;
  Finish finish;
};

float dot(const Kernels& k, const Matrix& m, uint64_t row, const float* x) {
  const size_t n = m.columns, segment = quant::segment_columns(n);
  const uint8_t* w = m.row(row);
  switch (m.format->format) {
    case quant::Format::F16:
      return k.dot_f16(reinterpret_cast<const uint16_t*>(w), x, n, segment);
    case quant::Format::BF16:
      return k.dot_bf16(reinterpret_cast<const uint16_t*>(w), x, n, segment);
    default:
      return k.dot_f32(reinterpret_cast<const float*>(w), x, n, segment);
  }
}

bool plain_floats(quant::Format f) {
  return f == quant::Format::F32 || f == quant::Format::F16 || f == quant::Format::BF16;
}

// Rows begin .. end of the product, weights as they are in the file. Inputs outside, so that one stays
// in the nearest cache while a group of weight rows passes.
void multiply_floats(const Task& task, const Product& product, uint32_t begin, uint32_t end) {
  for (const Input& in : product.inputs) {
    for (uint32_t row = begin; row < end; ++row) {
      in.out[row] = product.finish(dot(task.kernels(), product.matrix, product.first + row, in.x), row);
    }
  }
}

// Formats that must be made float32 first (NVFP4, Q1_0, Q2_0): a row once for all inputs.
void multiply_dequantized(const Task& task, const Product& product, uint32_t row) {
  const Matrix& m = product.matrix;
  const size_t n = m.columns;
  float* values = task.room().floats.data();
  m.format->dequantize(m.row(product.first + row), values, n);
  for (const Input& in : product.inputs) {
    in.out[row] =
        product.finish(task.kernels().dot_f32(values, in.x, n, quant::segment_columns(n)), row);
  }
}

// Formats without a packed product: a row is unpacked once for all inputs. Measured for
// IQ4_XS at one row: 1.5 GB/s of weights, packed 19 to 30 (docs/cpu.md).
void multiply_unpacked(const Task& task, const Product& product, uint32_t row) {
  const Matrix& m = product.matrix;
  const auto n = uint32_t(m.columns), segment = uint32_t(quant::segment_columns(n));
  quant::Integers* blocks = task.room().blocks.data();
  const uint8_t* bytes = m.row(product.first + row);
  for (uint32_t b = 0; b < n / m.format->block_values; ++b) {
    m.format->integers(bytes + size_t(b) * m.format->block_bytes, blocks[b]);
  }
  for (const Input& in : product.inputs) {
    in.out[row] = product.finish(task.kernels().dot_blocks(blocks, *m.format, n, segment, in.row), row);
  }
}

// Group `group` of the packed matrix; rows outside the product are computed and dropped:
// a product may begin inside a group, where several matrices lie in one tensor (experts, fused q, k, v).
void multiply_packed(const Product& product, uint64_t group) {
  const Matrix& m = product.matrix;
  const auto n = uint32_t(m.columns);
  const uint64_t base = group * kGroup;
  const uint64_t begin = std::max(base, product.first),
                 end = std::min(base + kGroup, product.first + product.rows);
  const EncodedUnit* rows[kTile];
  alignas(64) float out[kTile][kGroup];
  for (size_t i = 0; i < product.inputs.size(); i += kTile) {
    const size_t count = std::min(product.inputs.size() - i, size_t(kTile));
    for (size_t r = 0; r < count; ++r) rows[r] = product.inputs[i + r].row;
    m.product({m.packed.data() + group * m.group_bytes, n, uint32_t(quant::segment_columns(n)), rows,
               int(count), out, m.table.data(), m.ahead});
    for (size_t r = 0; r < count; ++r) {
      for (uint64_t row = begin; row < end; ++row) {
        const size_t at = row - product.first;
        product.inputs[i + r].out[at] = product.finish(out[r][row - base], at);
      }
    }
  }
}

// Rows of the group that belong to the product, without a packed product.
void multiply_group(const Task& task, const Product& product, uint64_t group) {
  const quant::Traits& format = *product.matrix.format;
  const auto begin = uint32_t(std::max(group * kGroup, product.first) - product.first);
  const auto end =
      uint32_t(std::min((group + 1) * kGroup, product.first + product.rows) - product.first);
  if (plain_floats(format.format)) return multiply_floats(task, product, begin, end);
  const bool floats = format.activation == quant::ActivationFormat::float32;
  for (uint32_t row = begin; row < end; ++row) {
    floats ? multiply_dequantized(task, product, row) : multiply_unpacked(task, product, row);
  }
}

// This task's groups of the product: whole groups of the matrix as it was packed, so that no two tasks
// write to one output, and each group is read by one task only.
void multiply(const Task& task, const Product& product) {
  const uint64_t first_group = product.first / kGroup;
  const uint64_t end_group = (product.first + product.rows + kGroup - 1) / kGroup;
  const Share s = task.share(end_group - first_group);
  for (uint64_t g = first_group + s.begin; g < first_group + s.end; ++g) {
    product.matrix.product ? multiply_packed(product, g) : multiply_group(task, product, g);
  }
}

// Columns slice * columns .. of row r of a product's input.
Input input(const Task& task, const Value& in, size_t r, uint32_t slice, uint32_t columns, float* out) {
  const EncodedUnit* row = task.encoding ? encoded(task.machine, *task.encoding, r, slice) : nullptr;
  return {task.row(in, r) + size_t(slice) * columns, row, out};
}

int32_t id_at(const float* cells, size_t i) {
  int32_t id;
  std::memcpy(&id, cells + i, sizeof id);
  return id;
}

// A counting sort, so that each expert's weights are read once for all rows that chose it. `starts` is
// filled one place further on than it is read, which leaves it right when `order` is.
// The (row, slice) pairs of each expert: order[starts[e] .. starts[e + 1]], rows ascending.
void sort_by_expert(const Task& task, const ExpertMatMul& op) {
  ThreadRoom& room = task.room();
  const size_t rows = task.rows(op.ids.rows), used = op.ids.width, experts = op.weight.matrices;
  std::fill_n(room.starts.begin(), experts + 2, 0u);
  for (size_t i = 0; i < rows * used; ++i)
    ++room.starts[size_t(id_at(task.row(op.ids, i / used), i % used)) + 2];
  for (size_t e = 2; e < experts + 2; ++e) room.starts[e] += room.starts[e - 1];
  for (size_t i = 0; i < rows * used; ++i) {
    room.order[room.starts[size_t(id_at(task.row(op.ids, i / used), i % used)) + 1]++] = uint32_t(i);
  }
}

}  // namespace

EncodedUnit* encoded(const Machine& machine, const Encoding& e, size_t r, uint32_t slice) {
  auto* units = reinterpret_cast<EncodedUnit*>(machine.encoded.data() + e.offset + r * e.row_bytes);
  return units + size_t(slice) * ((e.columns + 255) / 256);
}

// By rows, as ops by rows are: no barrier to a norm that made the row.
void perform(const Task& task, const Encoding& e) {
  const Share s = task.share(task.rows(e.value.rows));
  for (size_t r = s.begin; r < s.end; ++r) {
    const float* row = task.row(e.value, r);
    for (uint32_t slice = 0; slice < e.value.width / e.columns; ++slice) {
      task.kernels().encode(e.rule, row + size_t(slice) * e.columns, e.columns,
                            encoded(task.machine, e, r, slice));
    }
  }
}

void perform(const Task& task, const MatMul& op) {
  const Weight& w = op.weight;
  const float* bias = task.vector(op.bias);
  std::vector<Input>& inputs = task.room().inputs;
  const size_t rows = task.rows(op.in.rows);
  for (uint32_t m = 0; m < w.matrices; ++m) {
    for (size_t r = 0; r < rows; ++r) {
      inputs[r] = input(task, op.in, r, m, w.columns, task.row(op.out, r) + size_t(m) * w.rows);
    }
    const Finish finish{op.scale, nullptr, bias ? bias + size_t(m) * w.rows : nullptr};
    multiply(task,
             {task.matrix(w), w.first_row + m * w.matrix_rows, w.rows, {inputs.data(), rows}, finish});
  }
}

// Every task sorts all rows for itself: a few ids per row, cheaper than a barrier.
void perform(const Task& task, const ExpertMatMul& op) {
  const Weight& w = op.weight;
  const float *bias = task.vector(op.bias), *scale = task.vector(op.scale);
  const bool shared = op.in.width == w.columns;
  ThreadRoom& room = task.room();
  sort_by_expert(task, op);
  for (uint32_t e = 0; e < w.matrices; ++e) {
    const uint32_t begin = room.starts[e], count = room.starts[e + 1] - begin;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t pair = room.order[begin + i], r = pair / op.ids.width, j = pair % op.ids.width;
      room.inputs[i] =
          input(task, op.in, r, shared ? 0 : j, w.columns, task.row(op.out, r) + size_t(j) * w.rows);
    }
    const Finish finish{scale ? scale[e] : 1.0f, bias ? bias + size_t(e) * w.rows : nullptr};
    if (count > 0) {
      multiply(task, {task.matrix(w),
                      w.first_row + e * w.matrix_rows,
                      w.rows,
                      {room.inputs.data(), count},
                      finish});
    }
  }
}

}  // namespace straddle::device::cpu
