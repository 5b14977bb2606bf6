// What templates can call: filters, tests, functions and methods, a row each; and how a call's words
// meet the parameters of a row.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

class Interpreter;
struct LoopObject;

// As the template wrote them.
struct Arguments {
  Values positional;
  std::vector<std::pair<std::string, Value>> named;
};

// Sorted to a row's parameters, by their order.
struct Bound {
  std::string_view function;
  std::vector<std::optional<Value>> slots;
  Arguments rest;  // what a "*" takes

  bool has(size_t i) const { return slots[i].has_value(); }
  const Value& operator[](size_t i) const { return *slots[i]; }  // has(i) only
  bool is_true(size_t i, bool preset = false) const { return has(i) ? slots[i]->is_true() : preset; }
  const AttributedText& text(size_t i) const;  // fails where it is none
  Int integer(size_t i, Int preset) const;
};

struct Row {
  std::string_view name;
  std::string_view parameters;  // "old new count?": with ? it may be left out; a last * takes all others
  Value (*run)(Interpreter& in, const Value& self, const Bound& words);
};

Bound bind(const Row& row, Arguments arguments);
const Row* find_row(std::span<const Row> rows, std::string_view name);

std::span<const Row> text_filters();
std::span<const Row> list_filters();
std::span<const Row> value_filters();
std::span<const Row> tests();
std::span<const Row> functions();
std::span<const Row> methods_of(const Value& value);
std::span<const Row> text_methods();

std::optional<Value> loop_attribute(const LoopObject& loop, std::string_view name);

// ---- shared by rows

// Python's s % values and s.format(...).
void format_percent(Interpreter& in, TextBuilder& out, const AttributedText& format,
                    const Value& values);
void format_braces(Interpreter& in, TextBuilder& out, const AttributedText& format,
                   const Arguments& words);

struct JsonStyle {
  bool ascii = false, sort_keys = false, pretty = false;
  std::string indent, item_separator = ", ", key_separator = ": ";
};
void print_json(TextBuilder& out, const Value& value, const JsonStyle& style);

// The parts of a text that a piece separates, at most `most` cuts; from the right where asked.
Values split_text(Interpreter& in, const Value& text, const AttributedText* separator, Int most,
                  bool from_right);
void replace_text(TextBuilder& out, const AttributedText& in, const AttributedText& old,
                  const AttributedText& by, Int most);
void escape_html(TextBuilder& out, const AttributedText& text);

}  // namespace straddle::templates::jinja
