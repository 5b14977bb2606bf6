#include "templates/text_builder.h"

#include <algorithm>

#include "templates/characters.h"

namespace straddle::templates {
namespace {

// The first range that ends behind `at`.
std::vector<Span>::const_iterator range_behind(const std::vector<Span>& ranges, size_t at) {
  return std::upper_bound(ranges.begin(), ranges.end(), at,
                          [](size_t place, const Span& range) { return place < range.end; });
}

}  // namespace

Origin AttributedText::origin_at(size_t at) const {
  const auto range = range_behind(quoted, at);
  return range != quoted.end() && range->begin <= at ? range->origin : Origin::own;
}

void TextBuilder::hold(size_t bytes) {
  budget_.spend_text(bytes);
  budget_.hold(bytes);
  held_ += bytes;
}

void TextBuilder::attribute(size_t begin, size_t end, Origin origin) {
  if (begin == end || origin == Origin::own) return;
  if (!text_.quoted.empty() && text_.quoted.back().end == begin &&
      text_.quoted.back().origin == origin) {
    text_.quoted.back().end = end;
    return;
  }
  hold(sizeof(Span));
  text_.quoted.push_back({begin, end, origin});
}

void TextBuilder::add(std::string_view bytes, Origin origin) {
  hold(bytes.size());
  const size_t begin = text_.bytes.size();
  text_.bytes += bytes;
  attribute(begin, text_.bytes.size(), origin);
}

void TextBuilder::add(const AttributedText& text, size_t begin, size_t end) {
  const size_t here = text_.bytes.size();
  add(std::string_view(text.bytes).substr(begin, end - begin), Origin::own);
  for (auto range = range_behind(text.quoted, begin); range != text.quoted.end() && range->begin < end;
       ++range) {
    attribute(here + std::max(range->begin, begin) - begin, here + std::min(range->end, end) - begin,
              range->origin);
  }
}

void TextBuilder::add_character(uint32_t code, Origin origin) {
  const size_t begin = text_.bytes.size();
  append_character(text_.bytes, code);
  hold(text_.bytes.size() - begin);
  attribute(begin, text_.bytes.size(), origin);
}

void TextBuilder::add_repeated(std::string_view bytes, size_t times, Origin origin) {
  if (bytes.empty()) return;
  budget_.need(times > (size_t(1) << 40) / bytes.size() ? size_t(1) << 40 : times * bytes.size());
  for (size_t i = 0; i < times; ++i) add(bytes, origin);
}

AttributedText TextBuilder::take() {
  budget_.release(held_);
  held_ = 0;
  return std::move(text_);
}

}  // namespace straddle::templates
