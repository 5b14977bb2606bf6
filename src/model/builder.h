// Collects the Programs: hands out scratch and appends ops, on the device at hand. Scratch is a stack
// per device and kind of rows: what a layer takes is given back when it ends.
#pragma once
#include "model/model.h"

namespace straddle::model {

// A value of which several devices may have a copy: it crosses when one first asks for it.
struct SharedValue {
  std::vector<ops::Value> on;  // by device; width 0: no room there yet
  std::vector<bool> valid;     // whether the copy is right
};

class Builder {
 public:
  Builder(const Blueprint& blueprint, uint32_t devices, const StepSize& size);

  const Blueprint& blueprint;

  // From here on ops are of this part, on all devices. The layer stays as it was where none is named.
  void begin_stage(PartKind kind, uint32_t layer);
  void begin_stage(PartKind kind) { begin_stage(kind, layer_); }

  // From here on all is of this device.
  void on(uint32_t device) { device_ = device; }
  uint32_t device() const { return device_; }

  ops::Value value(uint64_t width, ops::Rows rows = ops::Rows::all);  // 1 .. kWidestValue
  std::vector<uint32_t> mark() const;
  void release(const std::vector<uint32_t>& mark);

  // What the device holds; the same again where it was named before.
  ops::Weight weight(const TensorRef& tensor);
  uint32_t cache(uint32_t index, uint32_t kv_heads);  // so many heads of Blueprint::caches[index]
  ops::State state(uint32_t index, uint64_t floats);  // so much of Blueprint::states[index]

  void emit(ops::Op op) { program().ops.push_back(std::move(op)); }
  ops::Value linear(const Linear& linear, ops::Value in);
  void linear(const Linear& linear, ops::Value in, ops::Value out);
  ops::Value norm(const NormWeights& norm, ops::Value in);        // into a new value
  void norm_in_place(const NormWeights& norm, ops::Value value);  // nothing where absent
  ops::Value act(ops::Activation act, ops::Value value);          // in place
  ops::Value add(ops::Value a, ops::Value b, float scale = 1);    // a += scale * b
  ops::Value copy_groups(ops::Value in, uint32_t groups, uint32_t first, uint32_t width);
  void rope(ops::Value value, uint32_t head_size, uint32_t first, uint32_t rope, bool neox);

  // ---- crossings

  // A value of the device at hand, that others may ask for.
  SharedValue share(ops::Value value) const;
  // Its copy here; where there is none that is right, it crosses from a device that has one.
  ops::Value get(SharedValue& value);
  // It was changed here: copies elsewhere are no longer right.
  void changed(SharedValue& value) const;
  // A value of `from`, here; itself where that is the device at hand.
  ops::Value bring(ops::Value value, uint32_t from);
  void bring(ops::Value value, uint32_t from, ops::Value into);

  // ---- pieces of a product, whose sums are of this device: the first is running, the others are apart

  ops::Value join(const std::vector<ops::Value>& sums, const Linear& whole);
  ops::Value join_experts(const std::vector<ops::Value>& sums, const Linear& whole,
                          const TensorRef& scale, ops::Value ids);

  ops::Program& program() { return programs_[device_].program; }
  std::vector<DeviceProgram> take();

 private:
  struct Stacks {
    uint32_t top[2] = {0, 0};  // floats per row in use: all, wanted
  };
  ops::Norm norm_op(const NormWeights& norm, ops::Value in, ops::Value out);

  ops::KvType kv_;
  uint32_t layer_ = ops::kNone;
  uint32_t device_ = 0;
  std::vector<DeviceProgram> programs_;
  std::vector<Stacks> stacks_;
  // By device: the number of each of Blueprint::caches and ::states there, kNone: not there.
  std::vector<std::vector<uint32_t>> caches_, states_;
  // By device and tensor: numbers of weights that are parts of it.
  std::vector<std::vector<std::vector<uint32_t>>> weights_;
};

}  // namespace straddle::model
