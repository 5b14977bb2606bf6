#include "cli/transfer_progress.h"

#include <gtest/gtest.h>

#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

using std::chrono::seconds;

// 4.7 GB, of which 1.2 came: the last 350 MB in ten seconds.
TransferRow quarter(uint64_t total = 4'700'000'000) {
  const auto begin = TransferRow::Clock::time_point();
  TransferRow out("pulling dde5aa3fc5ff:", total, 850'000'000, begin);
  out.set(1'200'000'000, begin + seconds(10));
  return out;
}

TEST(TransferProgress, RowsAsOllamaDrawsThem) {
  EXPECT_EQ(quarter().text(80),
            "pulling dde5aa3fc5ff:  25% ▕████              ▏ 1.2 GB/4.7 GB   35 MB/s   1m40s");
  EXPECT_EQ(quarter().text(100),
            "pulling dde5aa3fc5ff:  25% ▕█████████                             ▏"
            " 1.2 GB/4.7 GB   35 MB/s   1m40s");
  EXPECT_EQ(quarter().text(0), "pulling dde5aa3fc5ff:  25% 1.2 GB/4.7 GB   35 MB/s   1m40s");
}

TEST(TransferProgress, AWholeRowTellsNoRate) {
  EXPECT_EQ(quarter(1'200'000'000).text(0), "pulling dde5aa3fc5ff: 100% 1.2 GB");
}

TEST(TransferProgress, ARowNeverGoesBackNorBeyond) {
  auto row = quarter();
  const std::string before = row.text(0);
  row.set(7, TransferRow::Clock::time_point() + seconds(10));
  EXPECT_EQ(row.text(0), before);
  row.set(UINT64_MAX, TransferRow::Clock::time_point() + seconds(10));
  EXPECT_TRUE(row.whole());
}

TEST(TransferProgress, NoRowIsWiderThanTheTerminal) {
  for (size_t width = 1; width < 200; ++width)
    EXPECT_LT(terminal::display_width(quarter().text(width)), width + 1) << width;
}

}  // namespace
}  // namespace straddle::cli
