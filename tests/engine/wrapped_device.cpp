#include "engine/wrapped_device.h"

#include <new>

namespace straddle::testing {

Result<uint32_t> FailingDevice::record(ops::Program program, const ops::OnPacked& on_packed) {
  ops_ = program.ops.size();
  const uint32_t whole = TRY(inner->record(program, on_packed));
  for (size_t n = 1; n <= program.ops.size(); ++n) {
    ops::Program beginning = program;
    beginning.ops.resize(n);
    const uint32_t id = TRY(inner->record(std::move(beginning), {}));
    beginnings_.push_back(id);
  }
  return whole;
}

Status FailingDevice::run(uint32_t program, const ops::Step& step) {
  if (fault_.device != index_) return inner->run(program, step);
  if (fault_.after > 0) TRY(inner->run(beginnings_[fault_.after - 1], step));
  if (fault_.no_memory) throw std::bad_alloc();
  return fail(ErrorKind::io, "device " + std::to_string(index_),
              "failed after " + std::to_string(fault_.after) + " ops");
}

Result<uint32_t> SlowDevice::record(ops::Program program, const ops::OnPacked& on_packed) {
  constexpr uint32_t kWidth = 512, kMost = 40;
  const ops::Value idle{program.row_floats, kWidth, 0, kWidth};
  program.row_floats += kWidth;
  std::vector<ops::Op> ops;
  for (ops::Op& op : program.ops) {
    const uint32_t times = random_() % 4 > 0 ? 0 : random_() % kMost;
    ops.insert(ops.end(), times, ops::Scale{idle, idle, 1});
    ops.push_back(std::move(op));
  }
  program.ops = std::move(ops);
  return inner->record(std::move(program), on_packed);
}

}  // namespace straddle::testing
