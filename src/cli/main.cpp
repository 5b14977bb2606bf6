// straddle: words -> request -> command -> exit code.
#include <cstdio>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/request.h"

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

}  // namespace
}  // namespace straddle::cli

int main(int argc, char** argv) { return straddle::cli::run_main(argc, argv); }
