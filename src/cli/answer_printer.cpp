#include "cli/answer_printer.h"

#include <unistd.h>

#include <utility>

#include "cli/environment.h"
#include "cli/interrupt.h"

namespace straddle::cli {
namespace {

constexpr std::string_view kGrey = "\033[38;5;245m", kBold = "\033[1m", kPlain = "\033[0m";

}  // namespace

AnswerPrinter::AnswerPrinter(const PrintStyle& style)
    : style_(style),
      terminal_(terminal::is_terminal(STDOUT_FILENO)),
      colours_(terminal::colours(STDOUT_FILENO)),
      wrap_(0) {
  style_.word_wrap &= !terminal::is_dumb(environment("TERM"));
}

conversation::Sink AnswerPrinter::sink() {
  spinner_.emplace("");
  meter_.emplace("reading the prompt");
  return {.text = [this](std::string_view text) { return show_answer(text); },
          .thinking = [this](std::string_view text) { return show_thinking(text); },
          .prompt = [this](size_t done, size_t total) { return show_prompt(done, total); }};
}

bool AnswerPrinter::show_prompt(size_t done, size_t total) {
  if (done < total && meter_ && meter_->show(done, total)) spinner_.reset();
  return !interrupted();
}

void AnswerPrinter::stop_waiting() {
  spinner_.reset();
  meter_.reset();
}

void AnswerPrinter::paint(std::string_view escape) {
  if (colours_) say(escape);
}

// A model must not steer the terminal; a pipe gets what it wrote.
bool AnswerPrinter::write(std::string_view text) {
  stop_waiting();
  if (style_.word_wrap) wrap_.resize(terminal::columns(STDOUT_FILENO));  // the window may have changed
  return say(terminal_ ? wrap_.push(terminal::safe_text(text)) : std::string(text)) && !interrupted();
}

bool AnswerPrinter::show_answer(std::string_view text) {
  if (text.empty()) return !interrupted();
  end_thinking();
  return write(text);
}

bool AnswerPrinter::show_thinking(std::string_view text) {
  if (!style_.show_thinking || text.empty()) return !interrupted();
  if (!std::exchange(thinking_, true)) {
    stop_waiting();
    paint(kBold);
    write("Thinking...\n");
    paint(kPlain);
    paint(kGrey);
  }
  return write(text);
}

void AnswerPrinter::end_thinking() {
  if (!std::exchange(thinking_, false)) return;
  paint(kPlain);
  paint(kBold);
  write("\n...done thinking.\n\n");
  paint(kPlain);
}

void AnswerPrinter::finish() {
  stop_waiting();
  end_thinking();
}

}  // namespace straddle::cli
