// Lines without any editing of ours: from a pipe, a file, a dumb terminal.
#pragma once
#include <string>

#include "terminal/input.h"
#include "terminal/terminal.h"

namespace straddle::terminal {

class PlainReader {
 public:
  PlainReader(int in, int out, bool shows_prompt) : in_(in), out_(out), shows_prompt_(shows_prompt) {}
  Result<Typed> read(const Prompt& prompt);

 private:
  bool has_line() const { return rest_.find('\n') != rest_.npos; }
  int wait_for_line(const Prompt& prompt);
  void show(const Prompt& prompt, Input& input);
  static void stop(Input& input);
  Result<Typed> next_line();

  int in_, out_;
  bool shows_prompt_;
  bool ended_ = false;
  std::string rest_;  // read, not handed out yet
};

}  // namespace straddle::terminal
