#include <gtest/gtest.h>

#include "conversation/generate.h"

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

TEST(StopFilter, AnEmptyStopStringStopsNothing) {
  StopFilter filter({""});
  EXPECT_EQ(filter.push("text"), "text");
  EXPECT_FALSE(filter.stopped());
}

}  // namespace
}  // namespace straddle::conversation
