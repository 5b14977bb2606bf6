#include "cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/environment.h"
#include "cli/interrupt.h"
#include "terminal/terminal.h"

namespace straddle::cli {

namespace {

// errno of the first write that failed: there is one standard output, and one reason.
int failure = 0;

bool has_room(int milliseconds) {
  pollfd room = {STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&room, 1, milliseconds) > 0;
}

void tell(const char* prefix, const Error& error) {
  std::fputs(wrapped(prefix + one_line(error) + "\n", STDERR_FILENO).c_str(), stderr);
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

void warn(const std::string& line) { tell("Warning: ", {ErrorKind::io, "", line, ""}); }

void say_error(const Error& error) { tell("Error: ", error); }

void say_status(const std::string& line) { tell("", {ErrorKind::io, "", line, ""}); }

Status finish_output() {
  if (failure == 0 && ::close(STDOUT_FILENO) != 0) failure = errno;  // some file systems tell it then
  if (failure == 0 || failure == EPIPE) return {};
  const char* reason = failure == EBADF ? "it is closed" : std::strerror(failure);
  return fail(ErrorKind::io, "standard output", std::string("cannot write: ") + reason,
              failure == ENOSPC ? "free some space" : "");
}

}  // namespace straddle::cli
