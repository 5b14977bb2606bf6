// Text that knows where it came from: bytes, and which of them are quoted (said by somebody, in
// messages, tools or extra). Most texts are quoted wholly or not at all: then there is one range or
// none.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "chat/jinja/budget.h"

namespace straddle::chat {

struct MarkedText {
  std::string bytes;
  std::vector<text::Range> quoted;  // in order, disjoint, not touching

  size_t size() const { return bytes.size(); }
  bool any_quoted() const { return !quoted.empty(); }
  bool is_quoted(size_t at) const;
};

// Makes a text piece by piece, within the budget; a failed piece throws.
class TextBuilder {
 public:
  explicit TextBuilder(Budget& budget) : budget_(budget) {}
  ~TextBuilder() { budget_.release(held_); }
  TextBuilder(const TextBuilder&) = delete;
  TextBuilder& operator=(const TextBuilder&) = delete;

  void add(std::string_view bytes, bool quoted);
  void add(const MarkedText& text) { add(text, 0, text.size()); }
  void add(const MarkedText& text, size_t begin, size_t end);
  void add_character(uint32_t code, bool quoted);
  void add_repeated(std::string_view bytes, size_t times, bool quoted);

  const MarkedText& text() const { return text_; }
  Budget& budget() const { return budget_; }
  MarkedText take();

 private:
  void hold(size_t bytes);
  void mark(size_t begin, size_t end);

  Budget& budget_;
  MarkedText text_;
  size_t held_ = 0;
};

}  // namespace straddle::chat
