// Makes a text of which every byte knows who wrote it.
#pragma once
#include <string_view>

#include "templates/budget.h"

namespace straddle::templates {

// Of what is made of two values: the caller's where one of them is.
inline Source either(Source a, Source b) { return a == Source::own ? b : a; }

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

}  // namespace straddle::templates
