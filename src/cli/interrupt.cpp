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
std::atomic<int> clean_ends{0};         // how many live
std::atomic<std::time_t> asked{0};      // when it was asked for first; 0: not yet
std::atomic<int> asked_to_leave_by{0};  // which signal; 0: none

constexpr std::time_t kPatience = 2;  // seconds; sooner it is the same wish, pressed twice
constexpr int kSignalled = 128;       // exit statuses of shells: this and the signal's number

void write_error(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

// Of a clock that only goes on; never 0.
std::time_t seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1;
}

// Whether somebody who ends cleanly has just been asked to.
bool has_time() {
  if (clean_ends == 0) return false;
  std::time_t first = 0;
  return asked.compare_exchange_strong(first, seconds()) || seconds() - first < kPatience;
}

extern "C" void on_interrupt(int signal) {
  if (signal != SIGINT) asked_to_leave_by = signal;
  if (has_time()) return;
  std::signal(SIGTTOU, SIG_IGN);  // in the background no word to the terminal stops what ends
  terminal::restore_terminal();
  if (signal == SIGINT && ::isatty(STDERR_FILENO)) write_error("\n");  // behind the ^C
  ::_exit(kSignalled + signal);
}

// A page of a mapped model that can no longer be read: the file was cut, or its disk is gone.
extern "C" void on_lost_page(int) {
  constexpr std::string_view kLine =
      "Error: the model file changed or vanished while it was in use (load it again)\n";
  write_error(kLine);
  terminal::restore_terminal();
  ::_exit(1);
}

// No SA_RESTART: a write to a pipe that is full must not outlast the wish to end.
void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction found = {};
  return ::sigaction(signal, nullptr, &found) == 0 && found.sa_handler == SIG_IGN;
}

}  // namespace

void watch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(signal)) handle(signal, on_interrupt);
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);  // beyond ulimit -f, write says so
  handle(SIGBUS, on_lost_page);
}

CleanEnd::CleanEnd() { ++clean_ends; }
CleanEnd::~CleanEnd() { --clean_ends; }

void forget_interrupt() { asked.store(0); }

bool asked_to_leave() { return asked_to_leave_by != 0; }

bool interrupted() { return asked.load(std::memory_order_relaxed) != 0; }

int interrupted_code() { return kSignalled + (asked_to_leave() ? asked_to_leave_by.load() : SIGINT); }

}  // namespace straddle::cli
