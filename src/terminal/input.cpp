#include "terminal/input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace straddle::terminal {
namespace {

constexpr size_t kMostBytes = 1 << 16;

// The end of the pipe that the handler writes to; a handler can reach nothing else. -1: nobody waits.
std::atomic<int> pipe_of_signals{-1};

extern "C" void on_signal(int signal) {
  const int error = errno;
  const auto number = static_cast<unsigned char>(signal);
  [[maybe_unused]] const auto written = ::write(pipe_of_signals.load(), &number, 1);
  errno = error;
}

}  // namespace

Input::Input(int fd, std::span<const int> signals) : fd_(fd), signals_(signals) {
  // Without a pipe (no descriptor left) signals keep their handlers, and keys are read all the same.
  if (::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0) return;
  pipe_of_signals = pipe_[1];
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : signals_) ::sigaction(signal, &action, &former_.emplace_back());
}

Input::~Input() {
  for (size_t i = 0; i < former_.size(); ++i) ::sigaction(signals_[i], &former_[i], nullptr);
  if (pipe_[0] < 0) return;
  pipe_of_signals = -1;
  ::close(pipe_[0]), ::close(pipe_[1]);
}

Input::Event Input::wait(int milliseconds) {
  pollfd ready[] = {{pipe_[0], POLLIN, 0}, {fd_, POLLIN, 0}};  // poll passes over a negative descriptor
  const int count = ::poll(ready, 2, milliseconds);
  if (count == 0) return {Event::Kind::timeout, {}};
  unsigned char signal;
  if (count > 0 && ready[0].revents && ::read(pipe_[0], &signal, 1) == 1)
    return {Event::Kind::signal, {}, signal};
  if (count < 0 || ready[1].revents == 0) return {Event::Kind::bytes, {}};
  return read_some();
}

void Input::stop_job() {
  struct sigaction ours, standard = {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &standard, &ours);
  ::kill(0, SIGTSTP);
  ::sigaction(SIGTSTP, &ours, nullptr);
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
