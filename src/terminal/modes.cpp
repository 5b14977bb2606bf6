// Whatever happens, the terminal becomes what it was: at the end of Modes, in a crash, and when a signal
// handler of the program asks for it (put_back).
#include "terminal/modes.h"

#include <termios.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>

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
  put_back();
  std::raise(signal);  // to the handler from before
}

void watch_crashes() {
  struct sigaction action = {};
  action.sa_handler = on_crash;
  for (size_t i = 0; i < std::size(kCrashes); ++i)
    ::sigaction(kCrashes[i], &action, &found.crash_handlers[i]);
}

// Notes how the terminal is found, if that is not known already.
bool note(int in, int out) {
  if (is_changed) return true;
  found.in = in, found.out = out;
  if (::tcgetattr(in, &found.mode) != 0) return false;
  watch_crashes();
  is_changed = true;
  return true;
}

bool change(const termios& mode) { return ::tcsetattr(found.in, TCSADRAIN, &mode) == 0; }

void mark_pastes(bool on) {
  if (on || marks_pastes) write_all(found.out, on ? kPasteMarksOn : kPasteMarksOff);
  marks_pastes = on;
}

termios raw_mode(termios mode) {
  mode.c_iflag &= ~tcflag_t(BRKINT | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON);
  mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  return mode;
}

termios quiet_mode(termios mode) {
  mode.c_iflag &= ~tcflag_t(ICRNL);  // Enter stays Enter for the read to come
  mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON);
  mode.c_lflag |= NOFLSH;  // else Ctrl-C tears a hole into the answer
  return mode;
}

}  // namespace

void put_back() {
  if (!is_changed.exchange(false)) return;
  change(found.mode);
  mark_pastes(false);
  for (size_t i = 0; i < std::size(kCrashes); ++i)
    ::sigaction(kCrashes[i], &found.crash_handlers[i], nullptr);
}

Status Modes::raw() {
  if (!note(in_, out_) || !change(raw_mode(found.mode)))
    return fail(ErrorKind::io, "terminal", std::strerror(errno));
  mark_pastes(true);
  return {};
}

void Modes::quiet() {
  if (!note(in_, out_)) return;
  change(quiet_mode(found.mode));
  mark_pastes(false);
}

void Modes::as_found() { put_back(); }

}  // namespace straddle::terminal
