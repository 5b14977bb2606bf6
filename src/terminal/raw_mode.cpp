#include "terminal/raw_mode.h"

#include <termios.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>

#include "terminal/window.h"
#include "terminal/write.h"

namespace straddle::terminal {
namespace {

constexpr std::string_view kPasteMarksOn = "\x1b[?2004h", kPasteMarksOff = "\x1b[?2004l";
constexpr int kCrashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

// What a signal handler needs to put the terminal back; it can reach nothing else.
struct Before {
  int in, out;
  termios mode;
  struct sigaction crash_handlers[std::size(kCrashes)];
};
Before before;
std::atomic<bool> before_is_set{false};

void put_back() {
  if (!before_is_set.exchange(false)) return;
  ::tcsetattr(before.in, TCSADRAIN, &before.mode);
  write_all(before.out, kPasteMarksOff);
  for (size_t i = 0; i < std::size(kCrashes); ++i)
    ::sigaction(kCrashes[i], &before.crash_handlers[i], nullptr);
}

extern "C" void on_crash(int signal) {
  put_back();
  std::raise(signal);  // to the handler from before
}

void watch_crashes() {
  struct sigaction action = {};
  action.sa_handler = on_crash;
  for (size_t i = 0; i < std::size(kCrashes); ++i)
    ::sigaction(kCrashes[i], &action, &before.crash_handlers[i]);
}

termios raw(termios mode) {
  mode.c_iflag &= ~tcflag_t(BRKINT | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON);
  mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  return mode;
}

}  // namespace

Status RawMode::enter() {
  termios mode;
  if (::tcgetattr(in_, &mode) != 0) return fail(ErrorKind::io, "terminal", std::strerror(errno));
  if (!before_is_set.load()) {
    before.in = in_, before.out = out_, before.mode = mode;
    watch_crashes();
    before_is_set = true;
  }
  on_ = true;
  const termios changed = raw(mode);
  if (::tcsetattr(in_, TCSADRAIN, &changed) != 0)
    return fail(ErrorKind::io, "terminal", std::strerror(errno));
  write_all(out_, kPasteMarksOn);
  return {};
}

void RawMode::leave() {
  if (on_) put_back();
  on_ = false;
}

struct Quiet::Saved {
  int fd;
  termios mode;
};

Quiet::Quiet(int fd) {
  termios mode;
  // A dumb terminal edits the line itself: it must go on seeing where it ends.
  if (is_dumb(term()) || ::tcgetattr(fd, &mode) != 0) return;
  saved_ = std::make_unique<Saved>(Saved{fd, mode});
  mode.c_iflag &= ~tcflag_t(ICRNL);  // Enter stays Enter for the reader to come
  mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON);
  ::tcsetattr(fd, TCSADRAIN, &mode);
}

Quiet::~Quiet() {
  if (saved_) ::tcsetattr(saved_->fd, TCSADRAIN, &saved_->mode);
}

}  // namespace straddle::terminal
