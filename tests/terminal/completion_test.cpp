#include "terminal/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace straddle::terminal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Completion, TheOnlyOneIsPutIn) {
  const Completion found = complete("/b", {"/bye", "/set"});
  EXPECT_EQ(found.insertion, "ye ");
  EXPECT_THAT(found.rest, IsEmpty());
  EXPECT_EQ(complete("/b", {"/bye "}).insertion, "ye ");
  EXPECT_EQ(complete("/bye", {"/bye"}).insertion, " ");
}

TEST(Completion, SeveralGiveTheirCommonBeginning) {
  const Completion found = complete("/show t", {"/show three", "/show the", "/show the"});
  EXPECT_EQ(found.insertion, "h");
  EXPECT_THAT(found.rest, ElementsAre("the", "three"));
}

TEST(Completion, ACharacterIsNotCut) {
  const Completion found = complete("x", {"x日本", "x旨い"});  // both begin with E6 97
  EXPECT_EQ(found.insertion, "");
  EXPECT_THAT(found.rest, ElementsAre("x日本", "x旨い"));
}

TEST(Completion, WhatDoesNotFitIsPassedOver) {
  const Completion found = complete("/x", {"", "/", "/y", "/x\nz"});
  EXPECT_EQ(found.insertion, "");
  EXPECT_THAT(found.rest, IsEmpty());
  EXPECT_EQ(complete("a", {"a\x1b[2Jb"}).insertion, "[2Jb ");
}

TEST(Completion, AListFillsItsRows) {
  EXPECT_EQ(listed({"a", "bbb", "日本"}, 14), "a     bbb\r\n日本\r\n");
  EXPECT_EQ(listed({"a", "long one"}, 3), "a\r\nlong one\r\n");
}

}  // namespace
}  // namespace straddle::terminal
