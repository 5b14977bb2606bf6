#include "terminal/external_editor.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "terminal/file.h"
#include "terminal/terminal.h"

extern char** environ;

namespace straddle::terminal {
namespace {

// Ctrl-C in the editor is the editor's business.
class IgnoreInterrupts {
 public:
  IgnoreInterrupts() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &interrupt_);
    ::sigaction(SIGQUIT, &ignore, &quit_);
  }
  ~IgnoreInterrupts() {
    ::sigaction(SIGINT, &interrupt_, nullptr);
    ::sigaction(SIGQUIT, &quit_, nullptr);
  }

 private:
  struct sigaction interrupt_, quit_;
};

// Starts it with the terminal as its input and output and with no signal ignored: its process, or an
// errno.
Result<pid_t> start(const std::vector<std::string>& command, int in, int out) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t all;
  ::sigfillset(&all);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, words[0], &files, &attributes, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (error)
    return fail(ErrorKind::io, command[0], std::string("cannot start: ") + std::strerror(error));
  return process;
}

Status run(const std::vector<std::string>& command, int in, int out) {
  const IgnoreInterrupts ignored;
  const auto process = start(command, in, out);
  if (!process) return tl::unexpected<Error>(process.error());
  int status = 0;
  while (::waitpid(*process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::io, command[0], "ended with an error", "the message is as it was");
}

std::string temporary_path() {
  const char* folder = std::getenv("TMPDIR");
  return std::string(folder && *folder ? folder : "/tmp") + "/message";
}

}  // namespace

Result<std::string> edit_outside(const std::vector<std::string>& command, std::string_view text, int in,
                                 int out) {
  if (command.empty()) return fail(ErrorKind::usage, "", "no editor is set", "set EDITOR");
  auto path = TRY(write_new_file(temporary_path(), text));
  std::vector<std::string> words = command;
  words.push_back(path);
  const Status done = run(words, in, out);
  auto edited = read_text_file(path, LineReader::kLongest);
  ::unlink(path.c_str());
  if (!done) return tl::unexpected<Error>(done.error());
  if (edited) edited->erase(edited->find_last_not_of('\n') + 1);
  return edited;
}

}  // namespace straddle::terminal
