// When a device did what in its Steps: for whoever asked to see it. docs/measuring.md.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace straddle::ops {

// Nanoseconds of a clock that all threads share.
inline int64_t clock_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A stretch of time that a device spent on one thing. Stages of a Step follow each other without gaps;
// waits and crossings lie inside of them, apart from each other.
struct Moment {
  enum class Kind : uint8_t {
    stage,    // `what`: its number
    wait,     // for device `what`
    send,     // a value is copied into the ring to device `what`
    receive,  // or out of the ring from there
  };
  Kind kind = Kind::stage;
  uint32_t what = 0, step = 0, rows = 0;  // of the Step: its number, from 0 on, and its rows
  int64_t start_ns = 0, end_ns = 0;
};

// Written by one thread after the other, as tasks of a Step follow each other; read while none runs.
// Allocates when it is made, then never: the oldest moments give way.
class Timeline {
 public:
  // first_ops: of each stage of the Program that is run, ascending. most: moments that it has room for.
  Timeline(std::vector<uint32_t> first_ops, size_t most);

  void begin_step(uint32_t rows);
  void begin_op(uint32_t op);  // ends the stage before, where another one begins
  void end_step();
  void add(Moment::Kind kind, uint32_t device, int64_t start_ns, int64_t end_ns);

  // In the order in which they ended, of whole Steps.
  std::vector<Moment> moments() const;

 private:
  void end_stage(int64_t now_ns);
  void put(const Moment& moment) { ring_[count_++ % ring_.size()] = moment; }

  std::vector<uint32_t> first_ops_;
  std::vector<Moment> ring_;
  uint64_t count_ = 0;  // moments so far
  uint32_t step_ = 0, rows_ = 0;
  size_t next_ = 0;  // the stage that begins next
  int64_t stage_start_ns_ = 0;
};

}  // namespace straddle::ops
