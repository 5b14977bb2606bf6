// How far a pull or push has come, on standard error, as Ollama shows it.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "terminal/terminal.h"

namespace straddle::cli {

// A row of a blob: "pulling dde5aa3fc5ff:  42% ▕███   ▏  84 MB/2.0 GB   35 MB/s  1m40s".
class TransferRow {
 public:
  using Clock = std::chrono::steady_clock;
  TransferRow(std::string label, uint64_t total, uint64_t done, Clock::time_point now);
  void set(uint64_t done, Clock::time_point now);
  bool whole() const { return done_ >= total_; }
  // width: of the terminal; 0: no bar, and no blanks at the end.
  std::string text(size_t width) const;

 private:
  double rate() const;  // bytes a second, of the last ten seconds
  struct Mark {
    Clock::time_point when;
    uint64_t done;
  };
  std::string label_;
  uint64_t total_, done_ = 0;
  std::deque<Mark> marks_;  // one a second
};

// Rows of statuses and blobs: on a terminal the last one is rewritten in place, else each blob has a
// line a second and one at its end.
class TransferProgress {
 public:
  TransferProgress();
  ~TransferProgress() { close(); }
  void status(const std::string& line);
  void blob(const std::string& label, uint64_t done, uint64_t total);
  void close();  // before anything else is printed

 private:
  using Clock = TransferRow::Clock;
  void draw(bool at_once);
  bool terminal_;
  std::string open_status_;  // behind which a wheel turns
  std::optional<terminal::Spinner> wheel_;
  std::string label_;
  std::optional<TransferRow> row_;
  std::string drawn_;
  Clock::time_point next_ = {};
};

}  // namespace straddle::cli
