#include <optional>

#include "terminal/edit_loop.h"
#include "terminal/listener.h"
#include "terminal/plain_reader.h"

namespace straddle::terminal {

struct LineReader::Impl {
  Impl(Options all, const History* kept);
  const std::vector<std::string>& entries() const { return history ? history->entries() : no_entries; }
  Result<Typed> read_keys(const PromptSign& sign);

  Options options;
  const History* history;
  std::vector<std::string> no_entries;
  std::optional<PlainReader> plain;
  std::optional<Input> input;  // this and what follows: where keys are read
  std::optional<Modes> modes;
  Keyboard keyboard;
  std::optional<Listener> listener;  // while something is done about a message
};

LineReader::Impl::Impl(Options all, const History* kept) : options(std::move(all)), history(kept) {
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
    : impl_(std::make_unique<Impl>(std::move(options), history)) {}
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

Result<Typed> LineReader::read(const PromptSign& sign) {
  return impl_->plain ? impl_->plain->read(sign) : impl_->read_keys(sign);
}

Result<Typed> LineReader::Impl::read_keys(const PromptSign& sign) {
  listener.reset();
  auto typed = EditLoop(options, sign, entries(), *input, *modes, keyboard).run();
  input->watch(kSignalsOfJobs);
  if (typed && typed->kind == Typed::Kind::message) listener.emplace(*input, *modes, keyboard);
  return typed;
}

}  // namespace straddle::terminal
