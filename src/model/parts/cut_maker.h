// Collects the tensors of a cut: of each product the rows or columns that belong to a unit.
#pragma once
#include "model/part_list.h"

namespace straddle::model {

// Rows or columns first .. first + count, `per_unit` of them a unit.
struct Range {
  uint64_t first = 0, count = 0, per_unit = 0;
};

// Tensors that are absent are left out everywhere.
class CutMaker {
 public:
  // A tensor by itself is used as floats, the weight of a Linear in a product.
  CutMaker& whole(const TensorRef& tensor) { return add(tensor, Axis::whole, {0, 1, 1}, 1); }
  CutMaker& whole(const Linear& linear) { return all_of(linear, Axis::whole); }
  CutMaker& whole(const NormWeights& norm) { return whole(norm.weight).whole(norm.bias); }
  CutMaker& table(const TensorRef& tensor);  // of which a token reads a row
  CutMaker& copies(const TensorRef& tensor) { return add(tensor, Axis::copies, {0, 1, 1}, 1); }
  CutMaker& copies(const Linear& linear) { return all_of(linear, Axis::copies); }
  CutMaker& copies(const NormWeights& norm) { return copies(norm.weight).copies(norm.bias); }

  // What is computed: rows of the weight, and the same numbers of the bias. All rows, or a range.
  CutMaker& outputs(const Linear& linear, uint64_t per_unit);
  CutMaker& outputs(const Linear& linear, Range rows);
  // What is read: columns of the weight; the bias is added once, after the join.
  CutMaker& inputs(const Linear& linear, uint64_t per_unit);
  // Matrices, and their rows of the bias.
  CutMaker& matrices(const Linear& linear, uint64_t per_unit = 1);
  CutMaker& rows(const TensorRef& tensor, Range rows, ops::WeightUse use = ops::WeightUse::floats);
  CutMaker& numbers(const TensorRef& vector, Range numbers);

  // From here on a token reads `read` of a tensor's bytes.
  CutMaker& reading(double read) {
    read_ = read;
    return *this;
  }

  // By units of `columns` columns of `joined`, whose products are added up: where segments end on them
  // are the borders. One unit where some tensor cannot be cut so, or where all segments of a row's
  // `slices` products, kept apart, would be wider than a value may be.
  Cut by_columns(const TensorRef& joined, uint64_t columns, uint64_t slices = 1) const;
  // By `units` of which each stands alone.
  Cut by_units(uint64_t units) const;
  Cut in_one() const;

 private:
  CutMaker& all_of(const Linear& linear, Axis axis);
  CutMaker& add(const TensorRef& tensor, Axis axis, Range range, uint64_t of,
                ops::WeightUse use = ops::WeightUse::floats);
  std::vector<TensorUse> uses_;
  bool through_blocks_ = false;  // a unit would end inside of a block
  double read_ = 1;
};

// The fewest whole heads of `columns` columns that end where a block of the format does.
uint64_t heads_per_block(quant::Format format, uint64_t columns);

}  // namespace straddle::model
