// Lines without any editing of ours: from a pipe, a file, a dumb terminal.
#pragma once
#include <string>

#include "terminal/input.h"
#include "terminal/terminal.h"

namespace straddle::terminal {

class PlainReader {
 public:
  PlainReader(int in, int out, bool shows_sign) : in_(in), out_(out), shows_sign_(shows_sign) {}
  Result<Typed> read(const PromptSign& sign);

 private:
  bool has_line() const { return rest_.find('\n') != rest_.npos; }
  int wait_for_line(const PromptSign& sign);
  void show(const PromptSign& sign, Input& input);
  static void stop(Input& input);
  Result<Typed> next_line();

  int in_, out_;
  bool shows_sign_;
  bool ended_ = false;
  std::string rest_;  // read, not handed out yet
};

}  // namespace straddle::terminal
