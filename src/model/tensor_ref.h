// What a part reads of the file's tensors. Pure; refers to nothing.
#pragma once
#include <cstdint>
#include <vector>

#include "ops/ops.h"

namespace straddle::model {

// `matrices` matrices (experts, heads) of rows x columns in a tensor of the file, seen as rows of
// `all_columns`: matrix i begins at row first_row + i * matrix_rows, and of each row its columns count
// from first_column on. A vector is a matrix of one row.
struct TensorRef {
  uint32_t tensor = ops::kNone;  // index in gguf::File::tensors(); kNone: absent
  quant::Format format = quant::Format::F32;
  uint32_t columns = 0, rows = 0, matrices = 1;
  uint64_t first_row = 0, matrix_rows = 0;
  uint32_t first_column = 0, all_columns = 0;
  // Where each expert is a tensor of its own (files of 2024), those of matrices 1, 2 ...; all begin at first_row.
  std::vector<uint32_t> others = {};
  explicit operator bool() const { return tensor != ops::kNone; }
  bool operator==(const TensorRef&) const = default;
};

// Whether its matrices lie behind each other, row after row.
bool in_one_run(const TensorRef& tensor);

// Rows, columns or matrices first .. first + count; what is absent stays so. REQUIRES: they lie in it,
// and columns begin and end where blocks do.
TensorRef rows_of(TensorRef tensor, uint64_t first, uint64_t count);
TensorRef columns_of(TensorRef tensor, uint64_t first, uint64_t count);
TensorRef matrices_of(TensorRef tensor, uint64_t first, uint64_t count);

// out = scale * weight in + bias. bias: a vector, or a matrix with a row for each matrix. sum: what a
// piece gives whose columns are cut.
struct Linear {
  TensorRef weight, bias;
  float scale = 1;
  ops::Sum sum = ops::Sum::finished;
};

// The same of a product: outputs, inputs or matrices. Of inputs that are not all, and give no finished
// sum, scale and bias are left to the join.
Linear rows_of(Linear linear, uint64_t first, uint64_t count);
Linear columns_of(Linear linear, uint64_t first, uint64_t count, ops::Sum sum);
Linear matrices_of(Linear linear, uint64_t first, uint64_t count);

}  // namespace straddle::model
