// Devices that take the place of another one (engine::LoadOptions::wrap) to see what an Engine makes of
// what they do.
#pragma once
#include <random>
#include <utility>

#include "ops/device.h"

namespace straddle::testing {

class WrappedDevice : public ops::Device {
 public:
  explicit WrappedDevice(ops::OwnDevice device) : inner(std::move(device)) {}
  const char* name() const override { return inner->name(); }
  Result<uint32_t> load(const ops::WeightSource& source) override { return inner->load(source); }
  Result<uint32_t> make_cache(const ops::CacheShape& shape) override { return inner->make_cache(shape); }
  Result<uint32_t> make_state(const ops::StateShape& shape) override { return inner->make_state(shape); }
  Result<uint32_t> record(ops::Program program, const ops::OnPacked& on_packed) override {
    return inner->record(std::move(program), on_packed);
  }
  Status run(uint32_t program, const ops::Step& step) override { return inner->run(program, step); }
  std::span<const float> result() const override { return inner->result(); }
  void clear_state(uint32_t slot) override { inner->clear_state(slot); }
  void copy_state(uint32_t from, uint32_t to) override { inner->copy_state(from, to); }
  ops::Held held() const override { return inner->held(); }
  ops::Counters counters() const override { return inner->counters(); }

 protected:
  ops::OwnDevice inner;
};

// Which device fails in a Step, and how many of its ops it has done then. Changed between Steps.
struct Fault {
  uint32_t device = ops::kNone;
  size_t after = 0;
  bool no_memory = false;  // it throws std::bad_alloc
};

// It records every beginning of its Program too: to fail after n ops, it runs the first n.
class FailingDevice : public WrappedDevice {
 public:
  // ops: gets the number of ops of its Program.
  FailingDevice(ops::OwnDevice device, uint32_t index, const Fault& fault, size_t& ops)
      : WrappedDevice(std::move(device)), index_(index), fault_(fault), ops_(ops) {}
  Result<uint32_t> record(ops::Program program, const ops::OnPacked& on_packed) override;
  Status run(uint32_t program, const ops::Step& step) override;

 private:
  const uint32_t index_;
  const Fault& fault_;
  size_t& ops_;
  std::vector<uint32_t> beginnings_;  // of 1, 2 ... ops
};

// Takes its time: before some of its ops it multiplies numbers that nobody reads by 1.
class SlowDevice : public WrappedDevice {
 public:
  SlowDevice(ops::OwnDevice device, uint32_t seed) : WrappedDevice(std::move(device)), random_(seed) {}
  Result<uint32_t> record(ops::Program program, const ops::OnPacked& on_packed) override;

 private:
  std::mt19937 random_;
};

}  // namespace straddle::testing
