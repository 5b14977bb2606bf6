#include <gtest/gtest.h>

#include "conversation/writer.h"

namespace straddle::conversation {
namespace {

TEST(StopFilter, HoldsWhatMayBecomeAStopString) {
  StopFilter filter({"END", "###"});
  EXPECT_EQ(filter.push("one E"), "one ");
  EXPECT_EQ(filter.push("N"), "");
  EXPECT_EQ(filter.push("T"), "ENT");
  EXPECT_EQ(filter.push("two ##"), "two ");
  EXPECT_EQ(filter.finish(), "##");
  EXPECT_FALSE(filter.stopped());
}

TEST(StopFilter, NothingFromTheStopStringOnIsShown) {
  StopFilter filter({"END", "D!"});
  EXPECT_EQ(filter.push("a EN"), "a ");
  EXPECT_EQ(filter.push("D! b"), "");
  EXPECT_TRUE(filter.stopped());
  EXPECT_EQ(filter.push("more"), "");
  EXPECT_EQ(filter.finish(), "");
}

TEST(StopFilter, WhatIsNotShownCountsToo) {
  StopFilter filter({"<|x|>a", "END"});
  EXPECT_EQ(filter.push("one "), "one ");
  EXPECT_EQ(filter.push("<|x|>", false), "");
  EXPECT_EQ(filter.push("b"), "b");
  EXPECT_EQ(filter.push("E"), "");
  EXPECT_EQ(filter.push("<|x|>", false), "E");
  EXPECT_EQ(filter.push("a"), "");
  EXPECT_TRUE(filter.stopped());
}

TEST(StopFilter, NoStopStringGoesOnFromAFinish) {
  StopFilter filter({"END"});
  EXPECT_EQ(filter.push("EN"), "");
  EXPECT_EQ(filter.finish(), "EN");
  EXPECT_EQ(filter.push("D"), "D");
  EXPECT_FALSE(filter.stopped());
}

TEST(StopFilter, AnEmptyStopStringStopsNothing) {
  StopFilter filter({""});
  EXPECT_EQ(filter.push("text"), "text");
  EXPECT_FALSE(filter.stopped());
}

}  // namespace
}  // namespace straddle::conversation
