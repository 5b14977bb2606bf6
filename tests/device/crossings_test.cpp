// Two devices that share products, each with a Program and a thread of its own: the bytes of one device;
// and a device that fails ends the other's Step with an error.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <thread>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

constexpr uint32_t kWidth = 1536, kCut = 1024, kLayers = 5, kMostRows = 40;

ops::Weight as_weight(uint32_t buffer, const TestWeight& w, uint32_t columns) {
  return {.buffer = buffer, .format = w.format, .columns = columns, .rows = uint32_t(w.rows)};
}

// Columns first .. end of a Q8_0 matrix.
ops::Weight load_columns(ops::Device& device, const TestWeight& w, uint32_t first, uint32_t end) {
  const uint64_t stride = w.bytes.size() / w.rows, begin = first / 32 * 34,
                 size = (end - first) / 32 * 34;
  const ops::Piece piece{std::span(w.bytes).subspan(begin, (w.rows - 1) * stride + size), w.rows};
  auto out =
      as_weight(*device.load({w.format, end - first, w.rows, {&piece, 1}, stride}), w, end - first);
  out.segment = 512;
  return out;
}

// Layers of one product each, whose columns are shared: the first kCut are the helper's.
class Shared {
 public:
  // Home computes all where there is no helper.
  Shared(ops::OwnDevice home, ops::OwnDevice helper)
      : home_(std::move(home)), helper_(std::move(helper)) {
    const ops::Weight table = as_weight(*load(*home_, inputs_), inputs_, kWidth);
    helper_ ? record_shared(table) : record_whole(table);
  }

  // Both run; one that fails fails the rings.
  std::pair<Status, Status> run(uint32_t rows) {
    for (ops::Ring* ring : rings()) ring->reset();
    Status own, helped;
    {
      std::jthread thread;
      if (helper_) thread = std::jthread([&] { helped = run_one(*helper_, rows); });
      own = run_one(*home_, rows);
    }
    return {own, helped};
  }
  std::vector<float> result(uint32_t rows) {
    const auto [own, helped] = run(rows);
    EXPECT_TRUE(own.has_value() && helped.has_value());
    return {home_->result().begin(), home_->result().end()};
  }

  // The helper stops before its op `op`.
  void helper_fails_at(size_t op) {
    ops::Program p = helper_program_;
    p.ops.resize(op);
    fails_ = true;
    helper_number_ = *helper_->record(p);
  }
  void helper_is_well() {
    fails_ = false;
    helper_number_ = 0;
  }
  size_t helper_ops() const { return helper_program_.ops.size(); }
  ops::Device& home() { return *home_; }

 private:
  std::vector<ops::Ring*> rings() { return {&there_, &back_}; }

  Status run_one(ops::Device& device, uint32_t rows) {
    TestStep step = plain_step(0, rows);
    step.rings = rings();
    const bool is_helper = &device == helper_.get();
    Status done = device.run(is_helper ? helper_number_ : 0, step.step());
    if (is_helper && fails_) done = fail(ErrorKind::no_memory, "helper", "it fell over");
    for (ops::Ring* ring : rings())
      if (!done) ring->fail();
    return done;
  }

  static void finish(ops::Program& p, const ops::Value& result) {
    p.row_floats = 8 * kWidth;
    p.result = result;
    p.max_rows = p.max_wanted = kMostRows;
  }

  void record_whole(const ops::Weight& table) {
    ops::Program p;
    const ops::Value x{0, kWidth, 0, kWidth}, y{kWidth, kWidth, 0, kWidth};
    const ops::Weight w = as_weight(*load(*home_, weight_), weight_, kWidth);
    p.ops.push_back(ops::Embed{table, x});
    for (uint32_t i = 0; i < kLayers; ++i) {
      p.ops.push_back(ops::MatMul{x, y, w, {}, 0.1f});
      p.ops.push_back(ops::Norm{ops::Norm::Kind::rms, y, x, {}, {}, 1e-5f, kWidth});
    }
    finish(p, x);
    ASSERT_TRUE(home_->record(p).has_value());
  }

  void record_shared(const ops::Weight& table) {
    ops::Program p, q;
    const ops::Value x{0, kWidth, 0, kWidth}, running{kWidth, kWidth, 0, kWidth},
        apart{2 * kWidth, kWidth, 0, kWidth}, first{0, kCut, 0, kCut};
    const ops::Weight own = load_columns(*home_, weight_, kCut, kWidth),
                      helped = load_columns(*helper_, weight_, 0, kCut);
    p.ops.push_back(ops::Embed{table, x});
    for (uint32_t i = 0; i < kLayers; ++i) {
      p.ops.push_back(ops::Send{x.columns(0, kCut), 0});
      p.ops.push_back(ops::MatMul{x.columns(kCut, kWidth - kCut), apart, own, {}, 1, ops::Sum::apart});
      p.ops.push_back(ops::Receive{running, 1});
      p.ops.push_back(ops::Join{running, apart, running, {}, 0.1f});
      p.ops.push_back(ops::Norm{ops::Norm::Kind::rms, running, x, {}, {}, 1e-5f, kWidth});
      q.ops.push_back(ops::Receive{first, 0});
      q.ops.push_back(ops::MatMul{first, running, helped, {}, 1, ops::Sum::running});
      q.ops.push_back(ops::Send{running, 1});
    }
    finish(p, x);
    finish(q, {});
    ASSERT_TRUE(home_->record(p).has_value());
    ASSERT_TRUE(helper_->record(q).has_value());
    helper_program_ = q;
  }

  TestWeight weight_ = random_weight(quant::Format::Q8_0, kWidth, kWidth, 1),
             inputs_ = float_weight(random_floats(kMostRows * kWidth, 2), kWidth);
  ops::OwnDevice home_, helper_;
  ops::Ring there_{kMostRows * kCut}, back_{kMostRows * kWidth};
  ops::Program helper_program_;
  uint32_t helper_number_ = 0;
  bool fails_ = false;
};

using Make = std::function<ops::OwnDevice()>;

Make cpu(unsigned threads) {
  return [threads] { return *make_cpu({threads, ""}); };
}
ops::OwnDevice reference() { return *make_reference(); }

void expect_same(const Make& home, const Make& helper, const std::string& name) {
  Shared whole(home(), nullptr), shared(home(), helper());
  for (const uint32_t rows : {1u, 7u, kMostRows, 1u})
    ASSERT_EQ(difference(shared.result(rows), whole.result(rows)), "") << name << ", rows " << rows;
}

TEST(Crossings, TwoDevicesGiveTheBytesOfOne) {
  expect_same(cpu(1), cpu(1), "one thread each");
  expect_same(cpu(2), cpu(3), "two threads and three");
  expect_same(reference, reference, "reference");
}

TEST(Crossings, TheReferenceMayHelpTheCpu) {
  Shared whole(reference(), nullptr), shared(cpu(2)(), reference());
  const auto truth = whole.result(3);
  expect_near(shared.result(3), truth, {1e-7, 1e-3}, "cpu and reference");
}

// Wherever the helper stops, home ends with an error, and the next Step is as if nothing had been.
TEST(Crossings, ADeviceThatFailsEndsTheOthersStep) {
  for (const Make& make : {cpu(1), cpu(3), Make(reference)}) {
    Shared shared(make(), make());
    const auto want = shared.result(3);
    for (size_t op = 0; op < shared.helper_ops(); ++op) {
      shared.helper_fails_at(op);
      const auto [own, helped] = shared.run(3);
      ASSERT_FALSE(own.has_value()) << op;
      EXPECT_EQ(one_line(own.error()), "step: another device failed");
      EXPECT_EQ(one_line(helped.error()), "helper: it fell over");
      EXPECT_TRUE(shared.home().result().empty());
      shared.helper_is_well();
      ASSERT_EQ(difference(shared.result(3), want), "") << op;
    }
  }
}

}  // namespace
}  // namespace straddle::device::testing
