// Waiting for bytes and signals at once. Signals go through a pipe, so none is lost between two waits
// and it does not matter which thread they hit.
#pragma once
#include <array>
#include <csignal>
#include <optional>
#include <span>
#include <string>

namespace straddle::terminal {

inline constexpr int kSignalsOfLines[] = {SIGINT, SIGTERM, SIGHUP};
inline constexpr int kSignalsOfDumbOnes[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT};
inline constexpr int kSignalsOfKeys[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
inline constexpr int kSignalsOfJobs[] = {SIGTSTP, SIGCONT};  // while keys wait for the next message
inline bool ends_program(int signal) {
  return signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

// At most one at a time.
class Input {
 public:
  explicit Input(int fd);  // watches no signal yet
  ~Input();                // the former handlers are back
  Input(const Input&) = delete;

  // These signals and no others become events; one that is ignored stays so. What arrived before, and
  // was not waited for, still is one.
  void watch(std::span<const int> signals);

  struct Event {
    enum class Kind { bytes, end, signal, timeout, woken } kind;
    std::string bytes;  // at most 64 KB
    int signal = 0;
  };
  Event wait(int milliseconds, bool for_bytes = true);  // -1: for ever
  void wake();                                          // another thread's wait() returns `woken`
  bool can_be_woken() const { return pipe_[0] >= 0; }

  // Stops the job that this process is part of, as Ctrl-Z does elsewhere; returns when it goes on.
  void stop_job();
  // As terminal::wait_for_foreground; ends, too, where that was asked already.
  void wait_for_foreground();
  // Ends the program, where `signal` asks for it and the terminal is not ours to be asked at.
  void end_in_background(int signal);

 private:
  void take_signals();
  Event read_some();

  int fd_;
  int pipe_[2] = {-1, -1};
  std::array<std::optional<struct sigaction>, 65> former_;  // of the signals that are watched
};

}  // namespace straddle::terminal
