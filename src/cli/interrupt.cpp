#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <string_view>

#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

// A signal handler can reach nothing else.
std::atomic<std::time_t> asked{0};  // when it was asked for first; 0: not yet
std::atomic<bool> to_leave{false};

constexpr std::time_t kPatience = 2;  // seconds; sooner it is the same wish, pressed twice

// Of a clock that only goes on; never 0.
std::time_t seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1;
}

extern "C" void on_interrupt(int signal) {
  if (signal == SIGTERM) to_leave = true;
  std::time_t first = 0;
  if (asked.compare_exchange_strong(first, seconds()) || seconds() - first < kPatience) return;
  terminal::put_back();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A page of a mapped model that can no longer be read: the file was cut, or its disk is gone.
extern "C" void on_lost_page(int) {
  constexpr std::string_view kLine =
      "Error: the model file changed or vanished while it was in use (load it again)\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kLine.data(), kLine.size());
  terminal::put_back();
  ::_exit(1);
}

}  // namespace

void watch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // beyond ulimit -f, write says so
  std::signal(SIGBUS, on_lost_page);
}

void forget_interrupt() { asked.store(0); }

bool asked_to_leave() { return to_leave; }

bool interrupted() { return asked.load(std::memory_order_relaxed) != 0; }

}  // namespace straddle::cli
