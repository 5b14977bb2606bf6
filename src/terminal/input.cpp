#include "terminal/input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "terminal/background.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

constexpr size_t kMostBytes = 1 << 16;
constexpr unsigned char kWake = 0;  // in the pipe: no signal

// A handler can reach nothing else: the end of the pipe that it writes to (-1: nobody waits), and how
// often the process went on after a stop.
std::atomic<int> pipe_of_signals{-1};
std::atomic<int> continued{0};

void put(int pipe, unsigned char number) {
  [[maybe_unused]] const auto written = ::write(pipe, &number, 1);
}

extern "C" void on_signal(int signal) {
  const int error = errno;
  if (signal == SIGCONT) ++continued;
  put(pipe_of_signals.load(), static_cast<unsigned char>(signal));
  errno = error;
}

void handle(int signal, void (*handler)(int), struct sigaction* former = nullptr) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, former);
}

}  // namespace

int times_continued() {
  struct sigaction now;
  if (::sigaction(SIGCONT, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) handle(SIGCONT, on_signal);
  return continued;
}

Input::Input(int fd) : fd_(fd) {
  // Without a pipe (no descriptor left) signals keep their handlers, and keys are read all the same.
  if (::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0) pipe_of_signals = pipe_[1];
}

Input::~Input() {
  watch({});
  if (pipe_[0] < 0) return;
  pipe_of_signals = -1;
  ::close(pipe_[0]), ::close(pipe_[1]);
}

void Input::watch(std::span<const int> signals) {
  if (pipe_[0] < 0) return;
  for (int signal = 1; signal < int(former_.size()); ++signal) {
    auto& former = former_[size_t(signal)];
    const bool wanted = std::find(signals.begin(), signals.end(), signal) != signals.end();
    if (wanted == former.has_value()) continue;
    if (wanted) {
      handle(signal, on_signal, &former.emplace());
      if (former->sa_handler != SIG_IGN) continue;
    }
    ::sigaction(signal, &*former, nullptr);
    former.reset();
  }
}

Input::Event Input::wait(int milliseconds, bool for_bytes) {
  // poll passes over a negative descriptor
  pollfd ready[] = {{pipe_[0], POLLIN, 0}, {for_bytes ? fd_ : -1, POLLIN, 0}};
  const int count = ::poll(ready, 2, milliseconds);
  if (count == 0) return {Event::Kind::timeout, {}};
  unsigned char signal;
  if (count > 0 && ready[0].revents && ::read(pipe_[0], &signal, 1) == 1)
    return {signal == kWake ? Event::Kind::woken : Event::Kind::signal, {}, signal};
  if (count < 0 || ready[1].revents == 0) return {Event::Kind::bytes, {}};
  return read_some();
}

void Input::wake() { put(pipe_[1], kWake); }

// kill() alone would let this thread run on for a while, where the process has others.
void Input::stop_job() {
  struct sigaction ours;
  ::sigaction(SIGTSTP, nullptr, &ours);
  if (ours.sa_handler == SIG_IGN) return;  // whoever started the program does not want it to stop
  handle(SIGTSTP, SIG_IGN);
  ::kill(0, SIGTSTP);  // the others of the job
  handle(SIGTSTP, SIG_DFL);
  std::raise(SIGTSTP);
  ::sigaction(SIGTSTP, &ours, nullptr);
}

void Input::wait_for_foreground() {
  if (in_foreground(fd_)) return;
  const EndsAtOnce ends_at_once;
  take_signals();
  terminal::wait_for_foreground(fd_);
  take_signals();
}

// The shell has made the terminal what it was; a word to it would only stop the job again.
void Input::end_in_background(int signal) {
  if (in_foreground(fd_) || !(signal == SIGINT || ends_program(signal))) return;
  const EndsAtOnce ends_at_once;
  std::raise(signal);
}

// Where each of them either ends the program or says what is known.
void Input::take_signals() {
  for (Event event = wait(0, false); event.kind == Event::Kind::signal; event = wait(0, false))
    if (event.signal == SIGINT || ends_program(event.signal)) std::raise(event.signal);
}

Input::Event Input::read_some() {
  std::string bytes(kMostBytes, '\0');
  const ssize_t n = ::read(fd_, bytes.data(), bytes.size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return {Event::Kind::bytes, {}};
  if (n <= 0) return {Event::Kind::end, {}};  // a terminal that is gone says EIO
  bytes.resize(size_t(n));
  return {Event::Kind::bytes, std::move(bytes)};
}

}  // namespace straddle::terminal
