// From chosen ids to what is shown: text, thinking, and where a stop string ends it.
#pragma once
#include "conversation/generate.h"

namespace straddle::conversation {

// Lets text pass but for what may be the beginning of a stop string.
class StopFilter {
 public:
  explicit StopFilter(std::vector<std::string> stops);
  // What of the text so far may be shown. Text that is not shown counts for stop strings all the same.
  // `stopped` after a stop string was met: nothing more comes.
  std::string push(std::string_view text, bool shown = true);
  std::string finish();  // no stop string goes on from here
  bool stopped() const { return stopped_; }

 private:
  std::string release(size_t n);
  std::vector<std::string> stops_;  // none is empty
  std::string held_;
  std::vector<bool> shown_;  // of each byte held
  bool stopped_ = false;
};

// A part of an answer that comes in pieces; an empty line stands where a mark separated them.
struct ShownText {
  std::string text;
  bool separated = false;  // a mark came since

  std::string add(std::string_view more);
};

// Ids -> what is shown of their text, as thinking and as answer. Rules: docs/conversation.md.
class Writer {
 public:
  Writer(const Resources& resources, const Prompt& prompt, const options::Options& options,
         const Sink& sink);

  std::optional<Ending> show(text::TokenId id);  // none: the answer goes on
  void end(text::TokenId id);                    // one that ends the answer: it may end a stop string
  void finish();

  bool answers() const { return filter_.answers(); }  // else it thinks, or writes a header
  const std::string& written() const { return written_; }
  Message message() const { return {"assistant", answer_.text, thought_.text}; }

 private:
  void write(const std::string& text);
  void take(const std::vector<chat::SectionText>& pieces);
  void separate(bool late);
  void show_thinking(std::string_view text);
  void show_answer(std::string text);

  const Resources& resources_;
  const Sink& sink_;
  text::StreamDecoder decoder_;
  StopFilter stops_;
  chat::ThinkingFilter filter_;
  ShownText answer_, thought_;
  std::string line_ends_;  // of the answer, until something follows
  std::string unsettled_;  // of the answer, not shown yet: it may turn out to be thinking
  std::string written_;    // all of it, control tokens too
  bool go_on_ = true;      // the sink's word
};

}  // namespace straddle::conversation
