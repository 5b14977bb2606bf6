// Whatever happens, the terminal becomes what it was: at the end of Modes, in a crash, when a signal
// ends the program, and when a signal handler of the program asks for it (restore_terminal).
#include "terminal/modes.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>

#include "terminal/background.h"
#include "terminal/terminal.h"
#include "terminal/write.h"

namespace straddle::terminal {
namespace {

constexpr std::string_view kPasteMarksOn = "\x1b[?2004h", kPasteMarksOff = "\x1b[?2004l";
constexpr int kCrashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

// How it was found. A signal handler can reach nothing else.
struct Found {
  int in, out;
  termios mode;
  struct sigaction crash_handlers[std::size(kCrashes)];
};
Found found;
std::atomic<bool> is_changed{false}, marks_pastes{false};

extern "C" void on_crash(int signal) {
  restore_terminal();
  std::raise(signal);  // to the handler from before
}

extern "C" void on_end(int signal) {
  restore_terminal();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void watch_crashes() {
  struct sigaction action = {};
  action.sa_handler = on_crash;
  for (size_t i = 0; i < std::size(kCrashes); ++i)
    ::sigaction(kCrashes[i], &action, &found.crash_handlers[i]);
}

// For the rest of the process: there is nothing to put back later, and it ends as it would have.
void watch_ends() {
  struct sigaction action = {}, former;
  action.sa_handler = on_end;
  for (const int signal : kSignalsOfEnds) {
    const bool unhandled = ::sigaction(signal, nullptr, &former) == 0 && former.sa_handler == SIG_DFL;
    if (unhandled) ::sigaction(signal, &action, nullptr);
  }
}

// Notes how the terminal is found, if that is not known already.
bool note(int in, int out) {
  wait_for_foreground(in);  // until then it is as the shell wants it for itself
  if (is_changed) return true;
  found.in = in, found.out = out;
  if (::tcgetattr(in, &found.mode) != 0) return false;
  watch_crashes();
  watch_ends();
  is_changed = true;
  return true;
}

bool change(const termios& mode) { return ::tcsetattr(found.in, TCSADRAIN, &mode) == 0; }

void mark_pastes(bool on) {
  if (on || marks_pastes) write_all(found.out, on ? kPasteMarksOn : kPasteMarksOff);
  marks_pastes = on;
}

termios raw_mode(const termios& as_found) {
  termios mode = as_found;
  mode.c_iflag &= ~tcflag_t(BRKINT | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON);
  mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  return mode;
}

// An answer can be held by Ctrl-S and the program ended by Ctrl-\, as in the mode that was found.
termios quiet_mode(const termios& as_found) {
  termios mode = raw_mode(as_found);
  mode.c_iflag |= as_found.c_iflag & IXON;
  mode.c_lflag |= as_found.c_lflag & ISIG;
  mode.c_lflag |= NOFLSH;  // else Ctrl-C throws away what was typed
  return mode;
}

termios listening_mode(const termios& as_found) {
  termios mode = quiet_mode(as_found);
  mode.c_cc[VINTR] = mode.c_cc[VSUSP] = _POSIX_VDISABLE;
  return mode;
}

// What waits in the kernel, where the terminal has made a newline of Enter.
std::string typed_already(int in, const termios& mode) {
  int count = 0;
  if (::ioctl(in, FIONREAD, &count) != 0 || count <= 0) return {};
  std::string bytes(size_t(count), '\0');
  const ssize_t n = ::read(in, bytes.data(), bytes.size());
  bytes.resize(size_t(std::max<ssize_t>(n, 0)));
  if (mode.c_iflag & ICRNL) std::replace(bytes.begin(), bytes.end(), '\n', '\r');
  return bytes;
}

}  // namespace

// In the background the terminal is the shell's, and has become what it was already.
void restore_terminal() {
  if (!is_changed.exchange(false)) return;
  if (in_foreground(found.in)) {
    change(found.mode);
    mark_pastes(false);
  }
  for (size_t i = 0; i < std::size(kCrashes); ++i)
    ::sigaction(kCrashes[i], &found.crash_handlers[i], nullptr);
}

bool Modes::enter(Mode& mode) {
  const bool was_as_found = !is_changed;
  if (!note(in_, out_) || !change(mode(found.mode))) return false;
  if (was_as_found) early_ += typed_already(in_, found.mode);
  mark_pastes(true);
  return true;
}

Status Modes::raw() {
  return enter(raw_mode) ? Status() : fail(ErrorKind::io, "terminal", std::strerror(errno));
}

void Modes::quiet() { enter(quiet_mode); }
bool Modes::listening() { return in_foreground(in_) && enter(listening_mode); }

void Modes::as_found() { restore_terminal(); }

}  // namespace straddle::terminal
