// Makes a text of which every byte knows who wrote it.
#pragma once
#include <string_view>

#include "templates/budget.h"

namespace straddle::templates {

// Of what is made of two values: the caller's where one of them is.
inline Origin either(Origin a, Origin b) { return a == Origin::own ? b : a; }

// Makes a text piece by piece, within the budget; a failed piece throws.
class TextBuilder {
 public:
  explicit TextBuilder(Budget& budget) : budget_(budget) {}
  ~TextBuilder() { budget_.release(held_); }
  TextBuilder(const TextBuilder&) = delete;
  TextBuilder& operator=(const TextBuilder&) = delete;

  void add(std::string_view bytes, Origin origin);
  void add(const AttributedText& text) { add(text, 0, text.size()); }
  void add(const AttributedText& text, size_t begin, size_t end);
  void add_character(uint32_t code, Origin origin);
  void add_repeated(std::string_view bytes, size_t times, Origin origin);

  const AttributedText& text() const { return text_; }
  Budget& budget() const { return budget_; }
  AttributedText take();

 private:
  void hold(size_t bytes);
  void attribute(size_t begin, size_t end, Origin origin);

  Budget& budget_;
  AttributedText text_;
  size_t held_ = 0;
};

}  // namespace straddle::templates
