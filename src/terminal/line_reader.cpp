#include <optional>

#include "terminal/listener.h"
#include "terminal/plain_reader.h"
#include "terminal/session.h"

namespace straddle::terminal {

struct LineReader::State {
  State(Options all, const History* kept);
  const std::vector<std::string>& entries() const { return history ? history->entries() : no_entries; }
  Result<Typed> read_keys(const Prompt& prompt);

  Options options;
  const History* history;
  std::vector<std::string> no_entries;
  std::optional<PlainReader> plain;
  std::optional<Input> input;  // this and what follows: where keys are read
  std::optional<Modes> modes;
  Keyboard keyboard;
  std::optional<Listener> listener;  // while something is done about a message
};

LineReader::State::State(Options all, const History* kept) : options(std::move(all)), history(kept) {
  const bool both = is_terminal(options.in) && is_terminal(options.out);
  if (!both || is_dumb(options.term)) {
    plain.emplace(options.in, options.out, both);
    return;
  }
  input.emplace(options.in);
  modes.emplace(options.in, options.out);
  input->watch(kSignalsOfJobs);
  listener.emplace(*input, *modes, keyboard);
}

LineReader::LineReader(Options options, const History* history)
    : state_(std::make_unique<State>(std::move(options), history)) {}
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

Result<Typed> LineReader::read(const Prompt& prompt) {
  return state_->plain ? state_->plain->read(prompt) : state_->read_keys(prompt);
}

Result<Typed> LineReader::State::read_keys(const Prompt& prompt) {
  listener.reset();
  auto typed = Session(options, prompt, entries(), *input, *modes, keyboard).run();
  input->watch(kSignalsOfJobs);
  if (typed && typed->kind == Typed::Kind::line) listener.emplace(*input, *modes, keyboard);
  return typed;
}

}  // namespace straddle::terminal
