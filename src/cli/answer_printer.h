// An answer as it comes: a wheel until the first word, thinking set apart, words wrapped on a terminal.
#pragma once
#include "cli/output.h"
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

  conversation::Sink sink();  // refers to this
  void finish();
  bool reader_gone() const { return reader_gone_; }

 private:
  bool show_answer(std::string_view text);
  bool show_thinking(std::string_view text);
  void end_thinking();
  bool write(std::string_view text);    // false: stop
  void paint(std::string_view escape);  // nothing where colours are not wanted

  PrintStyle style_;
  bool terminal_, colours_;
  terminal::WordWrap wrap_;
  terminal::Spinner spinner_{""};
  Meter meter_{"reading the prompt"};
  bool thinking_ = false, reader_gone_ = false;
};

}  // namespace straddle::cli
