// Products of weights with rows of activations: what MatMul and ExpertMatMul share, and the choice
// between packed, unpacked and float weights. Tasks share groups of 16 weight rows.
#include <algorithm>
#include <cstring>

#include "device/cpu/machine.h"
#include "device/cpu/measure.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// A matrix of a loaded weight, and the inputs that meet it.
struct Product {
  const Matrix& matrix;
  uint64_t first;  // row
  uint32_t rows;
  uint64_t segment;  // columns of one
  bool apart;        // a slice of the output for each
  std::span<const Input> inputs;
  Finish finish;
};

// Columns whose segments are added up to one number for each row, and where its slice of the output is.
struct Columns {
  uint64_t first, count;
  size_t slice;
};

// f(columns): all of them, or segment by segment where these stay apart.
template <class F>
void each_sum(const Product& p, F f) {
  const uint64_t n = p.matrix.columns, step = p.apart ? p.segment : n;
  for (uint64_t first = 0, slice = 0; first < n; first += step, slice += p.rows)
    f(Columns{first, std::min(step, n - first), slice});
}

float dot(const Kernels& k, const Matrix& m, uint64_t row, const float* x, const Columns& c,
          size_t segment) {
  const uint8_t* w = m.row(row) + c.first * m.format->block_bytes;
  x += c.first;
  switch (m.format->format) {
    case quant::Format::F16:
      return k.dot_f16(reinterpret_cast<const uint16_t*>(w), x, c.count, segment);
    case quant::Format::BF16:
      return k.dot_bf16(reinterpret_cast<const uint16_t*>(w), x, c.count, segment);
    default:
      return k.dot_f32(reinterpret_cast<const float*>(w), x, c.count, segment);
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
      each_sum(product, [&](const Columns& c) {
        const float sum =
            dot(task.kernels(), product.matrix, product.first + row, in.x, c, product.segment);
        in.out[c.slice + row] = product.finish(sum, row);
      });
    }
  }
}

// Formats that must be made float32 first (NVFP4, Q1_0, Q2_0): a row once for all inputs.
void multiply_dequantized(const Task& task, const Product& product, uint32_t row) {
  const Matrix& m = product.matrix;
  float* values = task.room().floats.data();
  m.format->dequantize(m.row(product.first + row), values, m.columns);
  for (const Input& in : product.inputs) {
    each_sum(product, [&](const Columns& c) {
      const float sum =
          task.kernels().dot_f32(values + c.first, in.x + c.first, c.count, product.segment);
      in.out[c.slice + row] = product.finish(sum, row);
    });
  }
}

// Formats without a packed product: a row is unpacked once for all inputs. Measured for
// IQ4_XS at one row: 1.5 GB/s of weights, packed 19 to 30 (docs/cpu.md).
void multiply_unpacked(const Task& task, const Product& product, uint32_t row) {
  const Matrix& m = product.matrix;
  const quant::Traits& format = *m.format;
  quant::Integers* blocks = task.room().blocks.data();
  const uint8_t* bytes = m.row(product.first + row);
  for (uint64_t b = 0; b < m.columns / format.block_values; ++b) {
    format.integers(bytes + b * format.block_bytes, blocks[b]);
  }
  for (const Input& in : product.inputs) {
    each_sum(product, [&](const Columns& c) {
      const float sum =
          task.kernels().dot_blocks(blocks + c.first / format.block_values, format, uint32_t(c.count),
                                    uint32_t(product.segment), in.row + c.first / 256);
      in.out[c.slice + row] = product.finish(sum, row);
    });
  }
}

// Bytes of a group in front of a column where a segment begins: units are whole there.
uint64_t bytes_before(const Matrix& m, uint64_t column) {
  return column == 0 ? 0 : *quant::layout_bytes(quant::Layout::cpu, m.format->format, column, kGroup);
}

// The columns of one group times all inputs; rows outside the product are computed and dropped:
// a product may begin inside a group, where several matrices lie in one tensor (experts, heads).
void multiply_packed(const Product& product, uint64_t group, const Columns& c) {
  const Matrix& m = product.matrix;
  const uint64_t base = group * kGroup;
  const uint64_t begin = std::max(base, product.first),
                 end = std::min(base + kGroup, product.first + product.rows);
  const uint8_t* weights = m.packed.data() + group * m.group_bytes + bytes_before(m, c.first);
  const EncodedUnit* rows[kTile];
  alignas(64) float out[kTile][kGroup];
  for (size_t i = 0; i < product.inputs.size(); i += kTile) {
    const size_t count = std::min(product.inputs.size() - i, size_t(kTile));
    for (size_t r = 0; r < count; ++r) rows[r] = product.inputs[i + r].row + c.first / 256;
    m.product({weights, uint32_t(c.count), uint32_t(product.segment), rows, int(count), out,
               m.table.data(), m.ahead});
    for (size_t r = 0; r < count; ++r) {
      for (uint64_t row = begin; row < end; ++row) {
        const size_t at = row - product.first;
        product.inputs[i + r].out[c.slice + at] = product.finish(out[r][row - base], at);
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
    if (product.matrix.product) {
      each_sum(product, [&](const Columns& c) { multiply_packed(product, g, c); });
    } else {
      multiply_group(task, product, g);
    }
  }
}

// Columns slice * columns .. of row r of a product's input.
Input input(const Task& task, const Value& in, size_t r, uint32_t slice, uint32_t columns, float* out) {
  const EncodedUnit* row = task.encoding ? encoded(task.machine, *task.encoding, r, slice) : nullptr;
  return {task.row(in, r) + size_t(slice) * columns, row, out};
}

// Which of the product's matrices id `id` names; one behind the last where it names none.
uint32_t matrix_of(const ExpertMatMul& op, int32_t id) {
  return std::min(uint32_t(id) - op.first, op.weight.matrices);  // an id below the first wraps
}

// A counting sort, so that each expert's weights are read once for all rows that chose it. `starts` is
// filled one place further on than it is read, which leaves it right when `order` is.
// The (row, slice) pairs of each matrix: order[starts[m] .. starts[m + 1]], rows ascending; behind the
// last matrix those whose expert is on another device.
void sort_by_expert(const Task& task, const ExpertMatMul& op) {
  ThreadRoom& room = task.room();
  const size_t pairs = task.rows(op.ids.rows) * op.ids.width, used = op.ids.width;
  const auto matrix = [&](size_t i) {
    return matrix_of(op, id_at(task.row(op.ids, i / used), i % used));
  };
  const size_t end = size_t(op.weight.matrices) + kExpertStarts;
  std::fill_n(room.starts.begin(), end, 0u);
  for (size_t i = 0; i < pairs; ++i) ++room.starts[size_t(matrix(i)) + 2];
  for (size_t m = 2; m < end; ++m) room.starts[m] += room.starts[m - 1];
  for (size_t i = 0; i < pairs; ++i) room.order[room.starts[size_t(matrix(i)) + 1]++] = uint32_t(i);
}

// This task's share of the slices that no matrix here makes.
void clear_others(const Task& task, const ExpertMatMul& op) {
  const ThreadRoom& room = task.room();
  const size_t used = op.ids.width, width = op.out.width / used;
  const uint32_t first = room.starts[op.weight.matrices];
  const Share s = task.share(room.starts[op.weight.matrices + 1] - first);
  for (size_t i = first + s.begin; i < first + s.end; ++i)
    std::fill_n(task.row(op.out, room.order[i] / used) + room.order[i] % used * width, width, 0.0f);
}

}  // namespace

int32_t id_at(const float* cells, size_t i) {
  int32_t id;
  std::memcpy(&id, cells + i, sizeof id);
  return id;
}

EncodedUnit* encoded(const Machine& machine, const Encoding& e, size_t r, uint32_t slice) {
  auto* units =
      reinterpret_cast<EncodedUnit*>(machine.scratch.encoded.data() + e.offset + r * e.row_bytes);
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
    multiply(task, {.matrix = task.matrix(w),
                    .first = uint64_t(m) * w.rows,
                    .rows = w.rows,
                    .segment = segment_columns(w),
                    .apart = op.sum == Sum::apart,
                    .inputs = {inputs.data(), rows},
                    .finish = finish});
  }
}

// Every task sorts all rows for itself: a few ids per row, cheaper than a barrier.
void perform(const Task& task, const ExpertMatMul& op) {
  const Weight& w = op.weight;
  const float *bias = task.vector(op.bias), *scale = task.vector(op.scale);
  const bool shared = op.in.width == w.columns;
  const size_t width = op.out.width / op.ids.width;
  ThreadRoom& room = task.room();
  sort_by_expert(task, op);
  clear_others(task, op);
  for (uint32_t e = 0; e < w.matrices; ++e) {
    const uint32_t begin = room.starts[e], count = room.starts[e + 1] - begin;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t pair = room.order[begin + i], r = pair / op.ids.width, j = pair % op.ids.width;
      room.inputs[i] = input(task, op.in, r, shared ? 0 : j, w.columns, task.row(op.out, r) + j * width);
    }
    const Finish finish{scale ? scale[e] : 1.0f, bias ? bias + size_t(e) * w.rows : nullptr};
    if (count == 0) continue;
    multiply(task, {.matrix = task.matrix(w),
                    .first = uint64_t(e) * w.rows,
                    .rows = w.rows,
                    .segment = segment_columns(w),
                    .apart = op.sum == Sum::apart,
                    .inputs = {room.inputs.data(), count},
                    .finish = finish});
  }
}

}  // namespace straddle::device::cpu
