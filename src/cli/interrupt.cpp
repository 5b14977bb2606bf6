#include "cli/interrupt.h"

#include <atomic>
#include <csignal>

namespace straddle::cli {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> asked{false};

extern "C" void on_interrupt(int signal) {
  if (asked.exchange(true)) std::signal(signal, SIG_DFL), std::raise(signal);
}

}  // namespace

void watch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return asked.load(std::memory_order_relaxed); }

}  // namespace straddle::cli
