// Text that knows where it came from: bytes, and which of them are quoted (said by somebody, in
// messages, tools or extra), and by whom. Most texts are quoted wholly or not at all: then there is one
// range or none.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "chat/jinja/budget.h"

namespace straddle::chat {

// Who wrote a byte, or made a value. From `first_message` on: the words of a message, by its number.
enum class Source : uint32_t {
  own,       // the template
  somebody,  // tools, extra, what a message holds beside its words
  list,      // the brackets and keys of a message's content that is a list of parts
  first_message,
};

// Of what is made of two values: somebody's where one of them is.
inline Source either(Source a, Source b) { return a == Source::own ? b : a; }

struct Span {
  size_t begin, end;
  Source source;  // never own
};

struct MarkedText {
  std::string bytes;
  std::vector<Span> quoted;  // in order, disjoint, touching only where the sources differ

  size_t size() const { return bytes.size(); }
  Source source() const { return quoted.empty() ? Source::own : quoted[0].source; }  // of any byte
  Source source_at(size_t at) const;
};

// Makes a text piece by piece, within the budget; a failed piece throws.
class TextBuilder {
 public:
  explicit TextBuilder(Budget& budget) : budget_(budget) {}
  ~TextBuilder() { budget_.release(held_); }
  TextBuilder(const TextBuilder&) = delete;
  TextBuilder& operator=(const TextBuilder&) = delete;

  void add(std::string_view bytes, Source source);
  void add(const MarkedText& text) { add(text, 0, text.size()); }
  void add(const MarkedText& text, size_t begin, size_t end);
  void add_character(uint32_t code, Source source);
  void add_repeated(std::string_view bytes, size_t times, Source source);

  const MarkedText& text() const { return text_; }
  Budget& budget() const { return budget_; }
  MarkedText take();

 private:
  void hold(size_t bytes);
  void mark(size_t begin, size_t end, Source source);

  Budget& budget_;
  MarkedText text_;
  size_t held_ = 0;
};

}  // namespace straddle::chat
