// straddle: words -> request -> command -> exit code.
#include <cxxabi.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>
#include <typeinfo>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/request.h"
#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::not_found:
      return 3;
    case ErrorKind::no_memory:
      return 4;
    case ErrorKind::interrupted:
      return 130;
    case ErrorKind::bad_file:
    case ErrorKind::unsupported:
    case ErrorKind::bad_input:
    case ErrorKind::io:
      return 1;
  }
  return 1;
}

int end_with(const Error& error) {
  const bool silent = error.kind == ErrorKind::interrupted && error.what.empty();
  if (!silent) std::fprintf(stderr, "Error: %s\n", one_line(error).c_str());
  return exit_code(error.kind);
}

int run_main(int argc, const char* const* argv) {
  auto parsed = parse(argc, argv);
  if (!parsed) return end_with(parsed.error());
  if (!parsed->command) {
    say(parsed->text);
    return 0;
  }
  watch_interrupts();
  const auto status = parsed->command->run(parsed->request);
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
  terminal::put_back();
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
