#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/mapped_file.h"
#include "cli/environment.h"
#include "terminal/terminal.h"

namespace straddle::cli {

bool say(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

Meter::Meter(std::string label)
    : label_(std::move(label)),
      terminal_(terminal::is_terminal(STDERR_FILENO) && !terminal::is_dumb(environment("TERM"))),
      next_(Clock::now() + std::chrono::seconds(1)) {}

void Meter::clear() {
  if (drawn_ && terminal_) std::fputs("\r\033[K", stderr);
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

Result<std::string> read_input() {
  std::string out;
  if (isatty(STDIN_FILENO)) return out;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (n == 0) return out;
    if (n < 0 && errno == EINTR)
      return fail(ErrorKind::interrupted, "standard input", "reading was stopped");
    if (n < 0 && errno == EBADF) return out;  // closed by the caller
    if (n < 0) return fail(ErrorKind::io, "standard input", std::strerror(errno));
    out.append(buffer, size_t(n));
  }
}

Result<std::string> read_file(const std::string& path) {
  auto file = MappedFile::open(path);
  if (!file) return fail(file);
  const auto bytes = file->bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace straddle::cli
