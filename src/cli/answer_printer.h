// An answer as it comes: a wheel until the first word, thinking set apart, words wrapped on a terminal.
#pragma once
#include <optional>

#include "cli/meter.h"
#include "conversation/conversation.h"
#include "terminal/terminal.h"

namespace straddle::cli {

struct PrintStyle {
  bool word_wrap = true;  // on a terminal only
  bool show_thinking = true;
};

class AnswerPrinter {
 public:
  explicit AnswerPrinter(const PrintStyle& style);

  conversation::Sink sink();                // refers to this; the wheel turns from now on
  bool show_answer(std::string_view text);  // false: stop
  void finish();

 private:
  bool show_prompt(size_t done, size_t total);
  bool show_thinking(std::string_view text);
  void end_thinking();
  void stop_waiting();
  bool write(std::string_view text);    // false: stop
  void paint(std::string_view escape);  // nothing where colours are not wanted

  PrintStyle style_;
  bool terminal_, colours_;
  terminal::WordWrap wrap_;
  int times_continued_;                       // after a stop the cursor stands on a fresh row
  std::optional<terminal::Spinner> spinner_;  // until something else is shown
  std::optional<Meter> meter_;                // while the prompt is computed
  std::optional<CleanEnd> clean_end_;         // from the first text on: then there is something to end
  bool thinking_ = false, row_ended_ = false;
};

}  // namespace straddle::cli
