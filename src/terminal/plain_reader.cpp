#include "terminal/plain_reader.h"

#include <algorithm>
#include <csignal>

#include "terminal/input.h"
#include "terminal/write.h"

namespace straddle::terminal {

Result<Typed> PlainReader::read(const Prompt& prompt) {
  if (shows_prompt_) write_all(out_, prompt.first);
  int asked_to_end = 0;
  {
    Input input(in_);
    input.watch(kSignalsOfLines);
    while (!ended_ && !asked_to_end && rest_.size() <= LineReader::kLongest && !has_line()) {
      const Input::Event event = input.wait(-1);
      rest_ += event.bytes;
      ended_ |= event.kind == Input::Event::Kind::end;
      if (event.kind != Input::Event::Kind::signal) continue;
      if (event.signal == SIGINT) return Typed{Typed::Kind::interrupted, std::exchange(rest_, {})};
      asked_to_end = event.signal;
    }
  }
  if (!asked_to_end) return next_line();
  std::raise(asked_to_end);  // to its former handler
  return Typed{Typed::Kind::end, {}};
}

Result<Typed> PlainReader::next_line() {
  if (rest_.empty() && ended_) return Typed{Typed::Kind::end, {}};
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  if (end > LineReader::kLongest) {
    rest_.clear(), ended_ = true;
    return fail(ErrorKind::bad_input, "input", "a line is longer than 16 MB", "send less at once");
  }
  Typed typed{Typed::Kind::line, safe_text(std::string_view(rest_).substr(0, end))};
  rest_.erase(0, end + 1);
  return typed;
}

}  // namespace straddle::terminal
