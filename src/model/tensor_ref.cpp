#include "model/tensor_ref.h"

namespace straddle::model {

bool in_one_run(const TensorRef& tensor) {
  return tensor.matrices == 1 || (tensor.others.empty() && tensor.matrix_rows == tensor.rows);
}

TensorRef rows_of(TensorRef tensor, uint64_t first, uint64_t count) {
  if (!tensor) return tensor;
  tensor.first_row += first;
  tensor.rows = uint32_t(count);
  return tensor;
}

TensorRef columns_of(TensorRef tensor, uint64_t first, uint64_t count) {
  if (!tensor) return tensor;
  tensor.first_column += uint32_t(first);
  tensor.columns = uint32_t(count);
  return tensor;
}

TensorRef matrices_of(TensorRef tensor, uint64_t first, uint64_t count) {
  if (!tensor) return tensor;
  tensor.matrices = uint32_t(count);
  if (tensor.others.empty()) {
    tensor.first_row += first * tensor.matrix_rows;
    return tensor;
  }
  std::vector<uint32_t> all = std::move(tensor.others);
  all.insert(all.begin(), tensor.tensor);
  tensor.tensor = all[first];
  tensor.others.assign(all.begin() + long(first) + 1, all.begin() + long(first + count));
  return tensor;
}

Linear rows_of(Linear linear, uint64_t first, uint64_t count) {
  linear.weight = rows_of(linear.weight, first, count);
  linear.bias = columns_of(linear.bias, first, count);
  return linear;
}

Linear columns_of(Linear linear, uint64_t first, uint64_t count, ops::Sum sum) {
  const TensorRef weight = columns_of(linear.weight, first, count);
  if (sum == ops::Sum::finished) return {weight, linear.bias, linear.scale, sum};
  return {weight, {}, 1, sum};
}

Linear matrices_of(Linear linear, uint64_t first, uint64_t count) {
  linear.weight = matrices_of(linear.weight, first, count);
  linear.bias = rows_of(linear.bias, first, count);
  return linear;
}

}  // namespace straddle::model
