// What a device did when, as it tells a Timeline.
#include "ops/timeline.h"

#include <gtest/gtest.h>

#include "ops/ring.h"

namespace straddle::ops {
namespace {

using Kind = Moment::Kind;

std::vector<uint32_t> stages_of(const std::vector<Moment>& moments, uint32_t step) {
  std::vector<uint32_t> out;
  for (const Moment& m : moments)
    if (m.kind == Kind::stage && m.step == step) out.push_back(m.what);
  return out;
}

void run_step(Timeline& timeline, uint32_t ops) {
  timeline.begin_step(1);
  for (uint32_t op = 0; op < ops; ++op) timeline.begin_op(op);
  timeline.end_step();
}

TEST(Timeline, CutsAStepIntoItsStages) {
  Timeline timeline({0, 2, 5}, 100);
  run_step(timeline, 7);
  run_step(timeline, 4);  // it failed there
  run_step(timeline, 0);
  const auto moments = timeline.moments();
  EXPECT_EQ(stages_of(moments, 0), (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(stages_of(moments, 1), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(moments.size(), 5u);
  for (const Moment& m : moments) EXPECT_LE(m.start_ns, m.end_ns);
  for (const size_t i : {1u, 2u, 4u}) EXPECT_EQ(moments[i].start_ns, moments[i - 1].end_ns);
}

// Of a Step that lost some of its moments nothing is told.
TEST(Timeline, KeepsTheLastWholeSteps) {
  Timeline timeline({0, 1, 2}, 7);
  for (int step = 0; step < 10; ++step) run_step(timeline, 3);
  const auto moments = timeline.moments();
  ASSERT_EQ(moments.size(), 6u);
  EXPECT_EQ(moments.front().step, 8u);
  EXPECT_EQ(stages_of(moments, 9), (std::vector<uint32_t>{0, 1, 2}));
}

TEST(Timeline, OfARingHasWaitsAndCrossings) {
  Timeline first({0}, 10), second({0}, 10);
  Ring ring(4);
  ring.watch({0, &first}, {1, &second});
  for (Timeline* timeline : {&first, &second}) timeline->begin_step(3);
  ASSERT_FALSE(ring.await_free().empty());
  ring.sent();
  ASSERT_FALSE(ring.await_sent().empty());
  ring.taken();
  ring.fail();
  EXPECT_TRUE(ring.await_sent().empty());
  const auto sent = first.moments(), taken = second.moments();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].kind, Kind::send);
  EXPECT_EQ(sent[0].what, 1u);
  EXPECT_EQ(sent[0].rows, 3u);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].kind, Kind::receive);
  EXPECT_EQ(taken[0].what, 0u);
  EXPECT_LE(sent[0].end_ns, taken[0].start_ns);
}

}  // namespace
}  // namespace straddle::ops
