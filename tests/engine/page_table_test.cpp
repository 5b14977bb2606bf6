// Random appends, cuts and keeps of a page table, each token written where the table says, against plain
// lists of tokens: whatever a window sees is where it was written.
#include "engine/page_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "plan/needs.h"

namespace straddle {
namespace {

using engine::PageTable;
using ops::kNone;
using ops::kPageTokens;

constexpr uint32_t kFirst = 1000;  // page of the cache where the table's own begin

struct Shape {
  uint32_t context, window, max_rows;
  uint32_t count() const { return plan::pages_of({.context = context, .max_rows = max_rows}, window); }
  uint32_t first_seen(uint32_t place) const {
    return window > 0 && place + 1 > window ? place + 1 - window : 0;
  }
};

class Simulation {
 public:
  explicit Simulation(const Shape& shape, uint32_t seed)
      : shape_(shape),
        random_(seed),
        table_(shape.context, shape.window, kFirst, shape.count()),
        written_(shape.count() * kPageTokens, 0) {}

  uint32_t random(uint32_t end) { return uint32_t(random_() % end); }  // 0 .. end-1
  uint32_t length() const { return uint32_t(tokens_.size()); }
  PageTable& table() { return table_; }

  // Rows of a Step are all written before the first one looks back.
  void step(uint32_t rows) {
    const uint32_t begin = length();
    table_.append(begin, begin + rows);
    for (uint32_t i = 0; i < rows; ++i) {
      tokens_.push_back(++last_token_);
      ASSERT_NE(table_.pages()[(begin + i) / kPageTokens], kNone);
      slot(begin + i) = last_token_;
    }
    for (uint32_t position = shape_.first_seen(begin); position < length(); ++position)
      ASSERT_TRUE(is_there(position)) << position << ", Step from " << begin << " to " << length();
  }
  void cut(uint32_t length) {
    table_.cut(length);
    tokens_.resize(length);
    kept_ = std::min(kept_, length);
  }
  void keep() {
    table_.keep(length());
    kept_ = length();
  }
  // Pages are its own, and each holds the tokens of one entry only.
  void check_pages() const {
    std::set<uint32_t> seen;
    for (const uint32_t page : table_.pages()) {
      if (page == kNone) continue;
      ASSERT_GE(page, kFirst);
      ASSERT_LT(page, kFirst + shape_.count());
      ASSERT_TRUE(seen.insert(page).second) << page;
    }
  }
  // The last place up to each length is the last whose window is where it was written.
  void check_places() const {
    uint32_t last = 0, there = 0;  // from `there` on all tokens so far are where they were written
    for (uint32_t place = 0; place <= length(); ++place) {
      if (place > 0 && !is_there(place - 1)) there = place;
      if (there <= shape_.first_seen(place)) last = place;
      ASSERT_EQ(table_.last_place(place), last) << "up to " << place << " of " << length();
    }
    ASSERT_EQ(last, length());
    ASSERT_EQ(table_.last_place(kept_), kept_);
  }

 private:
  uint64_t& slot(uint32_t position) {
    const uint32_t page = table_.pages()[position / kPageTokens] - kFirst;
    return written_[page * kPageTokens + position % kPageTokens];
  }
  bool is_there(uint32_t position) const {
    const uint32_t page = table_.pages()[position / kPageTokens];
    return page != kNone &&
           written_[(page - kFirst) * kPageTokens + position % kPageTokens] == tokens_[position];
  }

  Shape shape_;
  std::mt19937 random_;
  PageTable table_;
  std::vector<uint64_t> written_;  // by page and slot: the token, each has a number of its own
  std::vector<uint64_t> tokens_;
  uint64_t last_token_ = 0;
  uint32_t kept_ = 0;
};

void random_call(Simulation& s, const Shape& shape) {
  const uint32_t what = s.random(12);
  const uint32_t room = shape.context - s.length();
  const uint32_t rows = std::min(room, 1 + s.random(shape.max_rows));
  if (what < 8) {
    s.step(what == 0 ? std::min(room, 1u) : rows);
  } else if (what < 9) {  // fails
    const uint32_t before = s.length();
    s.step(rows);
    s.cut(before);
  } else if (what < 11) {
    const uint32_t most = s.random(3) > 0 ? s.length() : s.random(s.length() + 1);
    s.cut(s.table().last_place(most - s.random(std::min(most, 90u) + 1)));
  } else {
    s.keep();
  }
}

class PageTables : public ::testing::TestWithParam<Shape> {};

TEST_P(PageTables, HoldWhatAWindowSees) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation s(GetParam(), seed);
    for (int call = 0; call < 400 && !HasFatalFailure(); ++call) {
      SCOPED_TRACE("call " + std::to_string(call));
      random_call(s, GetParam());
      s.check_pages();
      s.check_places();
    }
  }
}

// As many tokens as a Step has rows, wherever the kept place is.
TEST_P(PageTables, GoBackByAStep) {
  const Shape& shape = GetParam();
  Simulation s(shape, 7);
  s.step(std::min(shape.context, shape.max_rows));
  s.keep();
  while (s.length() < shape.context) {
    s.step(std::min(shape.context - s.length(), 1 + s.random(shape.max_rows)));
    for (uint32_t back = 0; back <= std::min(shape.max_rows, s.length()); ++back)
      ASSERT_EQ(s.table().last_place(s.length() - back), s.length() - back);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, PageTables,
                         ::testing::Values(Shape{2000, 8, 4}, Shape{2000, 8, 16}, Shape{1500, 65, 64},
                                           Shape{2000, 128, 100}, Shape{1000, 1, 1}, Shape{1777, 64, 1},
                                           Shape{1200, 100, 256}, Shape{3000, 512, 256},
                                           Shape{700, 0, 50}, Shape{500, 300, 256}, Shape{63, 20, 8}),
                         [](const auto& one) {
                           return "Context" + std::to_string(one.param.context) + "Window" +
                                  std::to_string(one.param.window) + "Rows" +
                                  std::to_string(one.param.max_rows);
                         });

// Few pages for a long context: what this is for.
TEST(PageTable, UsesTheSamePagesAgain) {
  const Shape gemma{16384, 512, 256};
  EXPECT_EQ(gemma.count(), (8u + 1) + (12 + 1));
  PageTable table(gemma.context, gemma.window, 0, gemma.count());
  EXPECT_EQ(table.pages().size(), 256u);
  for (uint32_t at = 0; at < gemma.context; at += 256) table.append(at, at + 256);
  EXPECT_EQ(std::ranges::count_if(table.pages(), [](uint32_t page) { return page != kNone; }), 22);
  EXPECT_EQ(table.last_place(16384), 16384u);
  EXPECT_EQ(table.last_place(1000), 0u);
}

// Where one page too few would be, a Step from the middle of a page on, with the kept window in the
// middle of another, would overwrite what it sees.
TEST(PageTable, AKeptPlaceStaysUntilAnotherIsKept) {
  const Shape shape{4096, 100, 64};
  PageTable table(shape.context, shape.window, 0, shape.count());
  const auto feed = [&](uint32_t begin, uint32_t end) {
    for (uint32_t at = begin; at < end; at += 60) table.append(at, std::min(at + 60, end));
  };
  feed(0, 130);
  table.keep(130);
  feed(130, 3000);
  EXPECT_EQ(table.last_place(2000), 192u);  // the kept page's last token
  EXPECT_EQ(table.last_place(140), 140u);   // so long as nothing else was written there
  EXPECT_EQ(table.last_place(130), 130u);
  EXPECT_EQ(table.last_place(129), 129u);
  table.keep(3000);
  feed(3000, 4000);
  EXPECT_EQ(table.last_place(2500), 0u);
  EXPECT_EQ(table.last_place(3500), 3008u);
  // A cut before the kept place keeps the place of the cut.
  table.cut(3000);
  feed(3000, 4096);
  EXPECT_EQ(table.last_place(3000), 3000u);
}

}  // namespace
}  // namespace straddle
