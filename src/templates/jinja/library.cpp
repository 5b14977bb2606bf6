#include "templates/jinja/library.h"

#include <algorithm>

#include "templates/jinja/interpreter.h"

namespace straddle::templates::jinja {
namespace {

struct Parameter {
  std::string_view name;
  bool optional;
};

// The next of "old new count?"; false at the end.
bool next_parameter(std::string_view& list, Parameter& out) {
  if (list.empty()) return false;
  const size_t end = std::min(list.find(' '), list.size());
  std::string_view word = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  const bool optional = word.back() == '?';
  if (optional) word.remove_suffix(1);
  out = {word, optional};
  return true;
}

std::optional<Value> take_named(Arguments& arguments, std::string_view name) {
  auto& named = arguments.named;
  const auto found =
      std::find_if(named.begin(), named.end(), [&](const auto& word) { return word.first == name; });
  if (found == named.end()) return std::nullopt;
  Value out = std::move(found->second);
  named.erase(found);
  return out;
}

[[noreturn]] void fail_call(const Row& row, const std::string& what) {
  fail_with(std::string(row.name) + "(): " + what);
}

}  // namespace

Bound bind(const Row& row, Arguments arguments) {
  Bound out;
  out.function = row.name;
  std::string_view list = row.parameters;
  size_t taken = 0;
  bool takes_all = false;
  for (Parameter parameter; next_parameter(list, parameter);) {
    if (parameter.name == "*") {
      takes_all = true;
      break;
    }
    auto named = take_named(arguments, parameter.name);
    if (taken < arguments.positional.size()) {
      if (named) fail_call(row, "two values for '" + std::string(parameter.name) + "'");
      named = std::move(arguments.positional[taken++]);
    }
    if (!named && !parameter.optional)
      fail_call(row, "'" + std::string(parameter.name) + "' is missing");
    out.slots.push_back(std::move(named));
  }
  arguments.positional.erase(arguments.positional.begin(),
                             arguments.positional.begin() + std::ptrdiff_t(taken));
  if (!takes_all && !arguments.positional.empty()) fail_call(row, "too many arguments");
  if (!takes_all && !arguments.named.empty())
    fail_call(row, "no argument is named '" + arguments.named[0].first + "'");
  out.rest = std::move(arguments);
  return out;
}

const Row* find_row(std::span<const Row> rows, std::string_view name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

const AttributedText& Bound::text(size_t i) const {
  if (!has(i) || !slots[i]->is(Kind::text)) {
    fail_with(std::string(function) + "(): a str is wanted, not " +
              (has(i) ? type_name(*slots[i]) : "nothing"));
  }
  return slots[i]->text();
}

Int Bound::integer(size_t i, Int preset) const {
  if (!has(i)) return preset;
  if (!slots[i]->is_whole())
    fail_with(std::string(function) + "(): a whole number is wanted, not " + type_name(*slots[i]));
  return slots[i]->as_integer();
}

}  // namespace straddle::templates::jinja
