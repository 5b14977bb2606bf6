#include "terminal/plain_reader.h"

#include <algorithm>
#include <csignal>

#include "terminal/background.h"
#include "terminal/write.h"

namespace straddle::terminal {

Result<Typed> PlainReader::read(const PromptSign& sign) {
  const int signal = wait_for_line(sign);
  auto typed = signal ? Typed{Typed::Kind::end, {}} : next_line();
  if (signal == SIGINT) typed = Typed{Typed::Kind::interrupted, std::exchange(rest_, {})};
  if (shows_sign_ && typed && typed->kind != Typed::Kind::message) write_all(out_, "\n");
  if (ends_program(signal)) std::raise(signal);  // to its former handler
  return typed;
}

// The signal that came instead; 0: none.
int PlainReader::wait_for_line(const PromptSign& sign) {
  Input input(in_);
  input.watch(shows_sign_ ? std::span<const int>(kSignalsOfDumbOnes) : kSignalsOfLines);
  show(sign, input);
  while (!ended_ && rest_.size() <= LineReader::kLongest && !has_line()) {
    const Input::Event event = input.wait(-1);
    rest_ += event.bytes;
    ended_ |= event.kind == Input::Event::Kind::end;
    input.end_in_background(event.signal);
    if (event.signal == SIGTSTP)
      stop(input);
    else if (event.signal == SIGCONT)
      show(sign, input);
    else if (event.signal)
      return event.signal;
  }
  return 0;
}

void PlainReader::show(const PromptSign& sign, Input& input) {
  if (!shows_sign_) return;
  input.wait_for_foreground();
  write_all(out_, sign.first);
}

void PlainReader::stop(Input& input) {
  const EndsAtOnce ends_at_once;
  input.stop_job();
}

Result<Typed> PlainReader::next_line() {
  if (rest_.empty() && ended_) return Typed{Typed::Kind::end, {}};
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  if (end > LineReader::kLongest) {
    rest_.clear(), ended_ = true;
    return fail(ErrorKind::bad_input, "input", "a line is longer than 16 MB", "send less at once");
  }
  Typed typed{Typed::Kind::message, safe_text(std::string_view(rest_).substr(0, end))};
  rest_.erase(0, end + 1);
  return typed;
}

}  // namespace straddle::terminal
