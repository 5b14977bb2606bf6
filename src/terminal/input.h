// Waiting for bytes and signals at once. Signals go through a pipe, so none is lost between two waits
// and it does not matter which thread they hit.
#pragma once
#include <csignal>
#include <span>
#include <string>
#include <vector>

namespace straddle::terminal {

inline constexpr int kSignalsOfLines[] = {SIGINT, SIGTERM, SIGHUP};
inline constexpr int kSignalsOfKeys[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
inline bool ends_program(int signal) {
  return signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

class Input {
 public:
  Input(int fd, std::span<const int> signals);
  ~Input();  // the former handlers are back
  Input(const Input&) = delete;

  struct Event {
    enum class Kind { bytes, end, signal, timeout } kind;
    std::string bytes;  // at most 64 KB
    int signal = 0;
  };
  Event wait(int milliseconds);  // -1: for ever

  // Stops the job that this process is part of, as Ctrl-Z does elsewhere; returns when it goes on.
  void stop_job();

 private:
  Event read_some();

  int fd_;
  std::span<const int> signals_;
  int pipe_[2] = {-1, -1};
  std::vector<struct sigaction> former_;
};

}  // namespace straddle::terminal
