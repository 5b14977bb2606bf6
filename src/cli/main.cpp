// straddle: words -> request -> command -> exit status.
#include <cxxabi.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>
#include <typeinfo>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/tracing.h"
#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

// What is opened later must not become a standard stream that the caller has closed: progress would be
// written into a model. They stay of no use: what reads or writes there fails, but for messages.
Status fill_standard_streams() {
  constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_RDWR};  // of standard input, output, error
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    if (::open("/dev/null", kModes[fd]) != fd)  // the lowest that is free
      return fail(ErrorKind::io, "/dev/null", std::strerror(errno), "standard streams are closed");
  }
  return {};
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::not_found:
      return 3;
    case ErrorKind::no_memory:
      return 4;
    case ErrorKind::interrupted:
      return interrupted_code();
    case ErrorKind::bad_file:
    case ErrorKind::unsupported:
    case ErrorKind::bad_input:
    case ErrorKind::io:
      return 1;
  }
  return 1;
}

int end_with(const Error& error) {
  if (error.kind != ErrorKind::interrupted) say_error(error);  // who pressed Ctrl-C knows
  return exit_code(error.kind);
}

Status run_command(int argc, const char* const* argv) {
  auto parsed = TRY(parse(argc, argv));
  if (parsed.command) return run_traced(*parsed.command, std::move(parsed.request));
  say(parsed.text);
  return {};
}

int run_main(int argc, const char* const* argv) {
  auto status = fill_standard_streams();
  watch_interrupts();
  if (status) status = run_command(argc, argv);
  if (asked_to_leave()) return interrupted_code();
  if (status) status = finish_output();
  return status ? 0 : end_with(status.error());
}

constexpr std::string_view kNoMemory =
    "Error: not enough memory (a smaller model, a smaller num_ctx or fewer threads need less)\n";

int say_no_memory() {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kNoMemory.data(), kNoMemory.size());
  return exit_code(ErrorKind::no_memory);
}

// Where nobody can catch: in a destructor (those of nlohmann's JSON allocate), or when there is no
// memory for the exception itself. The terminal is what can still be saved.
[[noreturn]] void end_without_unwinding() {
  const std::type_info* thrown = abi::__cxa_current_exception_type();
  if (thrown && *thrown != typeid(std::bad_alloc)) std::abort();
  terminal::restore_terminal();
  ::_exit(say_no_memory());
}

}  // namespace
}  // namespace straddle::cli

// The one place where an allocation that failed ends up, whoever asked for it. By then everything is put
// away: files half made, the modes of the terminal, threads.
int main(int argc, char** argv) try {
  std::set_terminate(straddle::cli::end_without_unwinding);
  return straddle::cli::run_main(argc, argv);
} catch (const std::bad_alloc&) {
  return straddle::cli::say_no_memory();
} catch (const std::length_error&) {  // more than any memory
  return straddle::cli::say_no_memory();
}
