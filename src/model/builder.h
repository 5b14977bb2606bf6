// Collects the Program: hands out scratch and appends ops. Scratch is a stack per kind of rows: what a
// layer takes is given back when it ends.
#pragma once
#include "model/model.h"

namespace straddle::model {

class Builder {
 public:
  Builder(const Blueprint& b, const DeviceBuffers& p) : blueprint(b), placed(p) {}

  const Blueprint& blueprint;
  const DeviceBuffers& placed;
  ops::Program program;

  ops::Value value(uint64_t width, ops::Rows rows = ops::Rows::all);  // 1 .. kWidestValue
  uint32_t mark() const { return top_[0]; }
  void release(uint32_t mark) { top_[0] = mark; }

  // The tensor's place on the device.
  ops::Weight on_device(TensorRef tensor) const;

  void emit(ops::Op op) { program.ops.push_back(std::move(op)); }
  ops::Value linear(const Linear& linear, ops::Value in);
  ops::Value norm(const NormWeights& norm, ops::Value in);        // into a new value
  void norm_in_place(const NormWeights& norm, ops::Value value);  // nothing where absent
  ops::Value act(ops::Activation act, ops::Value value);          // in place
  ops::Value add(ops::Value a, ops::Value b, float scale = 1);    // a += scale * b
  ops::Value copy_groups(ops::Value in, uint32_t groups, uint32_t first, uint32_t width);
  void rope(ops::Value value, uint32_t head_size, uint32_t first, uint32_t rope, bool neox);

 private:
  ops::Norm norm_op(const NormWeights& norm, ops::Value in, ops::Value out) const;
  uint32_t top_[2] = {0, 0};  // floats per row in use: all, wanted
};

}  // namespace straddle::model
