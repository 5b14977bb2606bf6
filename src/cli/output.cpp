#include "cli/output.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cli/environment.h"
#include "terminal/terminal.h"

namespace straddle::cli {

namespace {

// errno of the first write that failed: there is one standard output, and one reason.
int failure = 0;

bool echoes_keys(int fd) {
  termios mode;
  return ::tcgetattr(fd, &mode) == 0 && (mode.c_lflag & ECHO);
}

bool has_room(int milliseconds) {
  pollfd room = {STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&room, 1, milliseconds) > 0;
}

}  // namespace

bool say(std::string_view text) {
  while (!text.empty() && failure == 0) {
    if (interrupted() && !has_room(0)) return false;  // a reader that waits, too, does not hold us
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(size_t(written));
    else if (errno == EAGAIN)
      has_room(-1);
    else if (errno != EINTR)
      failure = errno;
  }
  return failure == 0;
}

std::string wrapped(const std::string& line, int fd) {
  if (!terminal::is_terminal(fd) || terminal::is_dumb(environment("TERM"))) return line;
  return terminal::WordWrap(terminal::columns(fd)).push(line);
}

Status finish_output() {
  if (failure == 0 && ::close(STDOUT_FILENO) != 0) failure = errno;  // some file systems tell it then
  if (failure == 0 || failure == EPIPE) return {};
  const char* reason = failure == EBADF ? "it is closed" : std::strerror(failure);
  return fail(ErrorKind::io, "standard output", std::string("cannot write: ") + reason,
              failure == ENOSPC ? "free some space" : "");
}

Meter::Meter(std::string label)
    : label_(std::move(label)),
      terminal_(terminal::is_terminal(STDERR_FILENO) && !terminal::is_dumb(environment("TERM"))),
      next_(Clock::now() + std::chrono::seconds(1)) {}

void Meter::clear() {
  const bool ctrl_c = interrupted() && !asked_to_leave() && echoes_keys(STDERR_FILENO);
  if (ctrl_c && !std::exchange(left_, true))
    std::fputs("\n", stderr);  // behind the ^C
  else if (drawn_ && terminal_)
    std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

bool Meter::show(uint64_t done, uint64_t total) {
  const auto now = Clock::now();
  if (now < next_ || total == 0) return false;
  next_ = now + (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(1000));
  drawn_ = true;
  std::fprintf(stderr, "%s%s %3.0f %%%s", terminal_ ? "\r" : "", label_.c_str(),
               100.0 * double(done) / double(total), terminal_ ? "" : "\n");
  return true;
}

namespace {

// A number without the zeros at its end.
std::string trimmed(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string out = text;
  if (out.find('.') != out.npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out;
}

}  // namespace

std::string duration_text(std::chrono::nanoseconds duration) {
  const int64_t ns = duration.count();
  if (ns < 1000) return std::to_string(ns) + "ns";
  if (ns < 1000000) return trimmed(double(ns) / 1e3, 3) + "µs";
  if (ns < 1000000000) return trimmed(double(ns) / 1e6, 6) + "ms";
  const int64_t minutes = ns / 60000000000, hours = minutes / 60;
  std::string out;
  if (hours > 0) out += std::to_string(hours) + "h";
  if (minutes > 0) out += std::to_string(minutes % 60) + "m";
  return out + trimmed(double(ns % 60000000000) / 1e9, 9) + "s";
}

}  // namespace straddle::cli
