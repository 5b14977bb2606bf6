#include "cli/answer_printer.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/environment.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

constexpr std::string_view kGrey = "\033[38;5;245m", kBold = "\033[1m", kPlain = "\033[0m";

}  // namespace

AnswerPrinter::AnswerPrinter(const PrintStyle& style)
    : style_(style),
      terminal_(terminal::is_terminal(STDOUT_FILENO)),
      colours_(terminal::colours(STDOUT_FILENO)),
      wrap_(0),
      times_continued_(terminal::times_continued()) {
  style_.word_wrap &= !terminal::is_dumb(environment("TERM"));
}

conversation::Sink AnswerPrinter::sink() {
  spinner_.emplace("");
  conversation::Sink out{
      .text = [this](std::string_view text) { return show_answer(text); },
      .prompt = [this](size_t done, size_t total) { return show_prompt(done, total); }};
  if (style_.show_thinking) out.thinking = [this](std::string_view text) { return show_thinking(text); };
  return out;
}

bool AnswerPrinter::show_prompt(size_t done, size_t total) {
  if (!meter_ && spinner_) meter_.emplace("reading the prompt");
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
  if (!clean_end_) clean_end_.emplace();
  stop_waiting();
  const int continued = terminal::times_continued();
  if (std::exchange(times_continued_, continued) != continued) wrap_ = terminal::WordWrap(0);
  if (style_.word_wrap) wrap_.resize(terminal::columns(STDOUT_FILENO));  // the window may have changed
  return say(terminal_ ? wrap_.push(terminal::safe_text(text)) : std::string(text)) && !interrupted();
}

bool AnswerPrinter::show_answer(std::string_view text) {
  if (text.empty()) return !interrupted();
  end_thinking();
  return write(text);
}

// Models begin and end their thinking with an empty line; what is empty is not shown at all.
bool AnswerPrinter::show_thinking(std::string_view text) {
  if (!thinking_) text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.empty()) return !interrupted();
  if (!std::exchange(thinking_, true)) {
    stop_waiting();
    paint(kBold);
    write("Thinking...\n");
    paint(kPlain);
    paint(kGrey);
  }
  row_ended_ = text.ends_with('\n');
  return write(text);
}

void AnswerPrinter::end_thinking() {
  if (!std::exchange(thinking_, false)) return;
  paint(kPlain);
  paint(kBold);
  write(row_ended_ ? "...done thinking.\n\n" : "\n...done thinking.\n\n");
  paint(kPlain);
  wrap_ = terminal::WordWrap(0);  // code that the thinking did not end has no part in the answer
}

void AnswerPrinter::finish() {
  stop_waiting();
  end_thinking();
}

}  // namespace straddle::cli
