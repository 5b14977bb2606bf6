#include "cli/transfer_progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/environment.h"
#include "cli/number_text.h"
#include "cli/output.h"
#include "cli/printable.h"

namespace straddle::cli {
namespace {

using std::chrono::seconds;

constexpr size_t kMarks = 10;
constexpr int kSizeWidth = 6, kTimeWidth = 6;  // "999 MB", "59m59s"

std::string padded(const std::string& text, int width) {
  return std::string(size_t(std::max(0, width - int(text.size()))), ' ') + text;
}

// Two units at most.
std::string time_left(uint64_t bytes, double rate) {
  constexpr double kMost = 100 * 3600;
  const double left = double(bytes) / rate;
  if (left >= kMost) return "99h+";
  const auto whole = seconds(int64_t(left));
  if (whole < seconds(1)) return "0s";
  if (whole < seconds(3600)) return duration_text(whole);
  return std::to_string(whole.count() / 3600) + "h" + std::to_string(whole.count() / 60 % 60) + "m";
}

std::string repeated(const char* text, size_t count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

void put(const std::string& text) { std::fputs(text.c_str(), stderr); }

}  // namespace

TransferRow::TransferRow(std::string label, uint64_t total, uint64_t done, Clock::time_point now)
    : label_(std::move(label)), total_(total), done_(done), marks_{{now, done}} {}

void TransferRow::set(uint64_t done, Clock::time_point now) {
  done_ = std::clamp(done, done_, total_);
  if (now - marks_.back().when < seconds(1)) return;
  marks_.push_back({now, done_});
  if (marks_.size() > kMarks) marks_.pop_front();
}

double TransferRow::rate() const {
  const Mark &first = marks_.front(), &last = marks_.back();
  const double time = std::chrono::duration<double>(last.when - first.when).count();
  return time > 0 ? double(last.done - first.done) / time : 0;
}

std::string TransferRow::text(size_t width) const {
  const double share = total_ > 0 ? double(done_) / double(total_) : 1;
  const auto size = [](uint64_t bytes) { return padded(short_bytes(bytes), kSizeWidth); };
  const std::string begin = label_ + " " + padded(std::to_string(int(100 * share)), 3) + "%";
  std::string end = whole() ? size(total_) : size(done_) + "/" + size(total_);
  if (const double speed = rate(); !whole() && speed >= 1)
    end += "  " + size(uint64_t(speed)) + "/s  " + padded(time_left(total_ - done_, speed), kTimeWidth);
  if (width == 0) return begin + " " + end;
  constexpr size_t kEnd = 2 * kSizeWidth + 1 + 10 + 8, kFrame = 5;
  end.resize(std::max(end.size(), kEnd), ' ');
  const size_t taken = begin.size() + end.size() + kFrame;
  if (taken >= width) return (begin + " " + end).substr(0, width - 1);
  const size_t bar = width - taken, full = size_t(double(bar) * share);
  return begin + " ▕" + repeated("█", full) + std::string(bar - full, ' ') + "▏ " + end;
}

TransferProgress::TransferProgress()
    : terminal_(terminal::is_terminal(STDERR_FILENO) && !terminal::is_dumb(environment("TERM"))) {}

void TransferProgress::close() {
  if (row_) draw(true);
  if (row_ && terminal_) put("\n");
  row_.reset();
  label_.clear();
  if (!open_status_.empty() && terminal_) {
    wheel_.reset();
    put(open_status_ + " \n");
  }
  open_status_.clear();
}

void TransferProgress::status(const std::string& line) {
  close();
  open_status_ = printable(line);
  if (terminal_)
    wheel_.emplace(open_status_);
  else
    say_status(open_status_);
}

void TransferProgress::blob(const std::string& label, uint64_t done, uint64_t total) {
  const auto now = Clock::now();
  if (label != label_) {
    close();
    label_ = label;
    row_.emplace(label, total, done, now);
    next_ = terminal_ ? now : now + seconds(1);
    drawn_.clear();
  }
  row_->set(done, now);
  draw(false);
}

// The end is drawn by close().
void TransferProgress::draw(bool at_once) {
  const auto now = Clock::now();
  if (!at_once && now < next_) return;
  next_ = now + (terminal_ ? std::chrono::milliseconds(100) : seconds(1));
  const std::string text = row_->text(terminal_ ? size_t(terminal::columns(STDERR_FILENO)) : 0);
  if (text == drawn_) return;
  drawn_ = text;
  put(terminal_ ? "\r" + text + "\033[K" : text + "\n");
}

}  // namespace straddle::cli
