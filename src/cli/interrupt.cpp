#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> asked{false}, to_leave{false};

extern "C" void on_interrupt(int signal) {
  if (signal == SIGTERM) to_leave = true;
  if (!asked.exchange(true)) return;
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
  std::signal(SIGBUS, on_lost_page);
}

void forget_interrupt() { asked.store(false); }

bool asked_to_leave() { return to_leave; }

bool interrupted() { return asked.load(std::memory_order_relaxed); }

}  // namespace straddle::cli
