// Functions that every template knows, and the methods of what is no text.
#include <algorithm>
#include <array>
#include <ctime>

#include "templates/jinja/interpreter.h"
#include "templates/jinja/numbers.h"

namespace straddle::templates::jinja {
namespace {

using In = Interpreter;

// ---- functions

constexpr Int kLongestRange = 100'000;  // as jinja2's sandbox has it

Value range(In& in, const Value&, const Bound& words) {
  const bool two = words.has(1);
  const Int begin = two ? words.integer(0, 0) : 0, end = two ? words.integer(1, 0) : words.integer(0, 0);
  const Int step = words.integer(2, 1);
  if (step == 0) fail_with("range() arg 3 must not be zero");
  const Int limit = Int(1) << 62;
  for (const Int bound : {begin, end, step}) {
    if (bound > limit || bound < -limit) fail_with("range(): a number is too large");
  }
  const Int distance = step > 0 ? end - begin : begin - end, stride = step > 0 ? step : -step;
  const Int count = distance <= 0 ? 0 : (distance - 1) / stride + 1;
  if (count > kLongestRange)
    fail_with("a range of more than " + integer_text(kLongestRange) + " numbers");
  in.budget().spend(size_t(count) / 8);
  in.budget().need(size_t(count) * sizeof(Value));
  Values items;
  items.reserve(size_t(count));
  for (Int i = 0; i < count; ++i) items.push_back(Value::integer(begin + i * step));
  return in.list(std::move(items), ListKind::range);
}

// Pairs or a dict, then names.
DictObject::Entries entries_of(In& in, const Bound& words) {
  DictObject::Entries out;
  if (words.rest.positional.size() > 1) fail_with("one argument without a name at most");
  for (const Value& from : words.rest.positional) {
    if (from.is(Kind::dict)) {
      out = from.dict().entries;
      continue;
    }
    if (from.is(Kind::undefined)) fail_with(why_undefined(from));
    const auto pairs = in.walk(from);
    for (const Value& pair : pairs->items) {
      const auto both = in.walk(pair);
      if (both->items.size() != 2) fail_with("a dict is made of pairs");
      put_entry(in.budget(), out, both->items[0], both->items[1]);
    }
  }
  for (const auto& [name, value] : words.rest.named) put_entry(in.budget(), out, in.text(name), value);
  return out;
}

Value make_dict(In& in, const Value&, const Bound& words) {
  const auto& from = words.rest.positional;
  return in.dict(entries_of(in, words), from.empty() ? Origin::own : from[0].origin());
}

Value make_namespace(In& in, const Value&, const Bound& words) {
  const auto space = in.heap().make<SpaceObject>();
  for (auto& [key, value] : entries_of(in, words)) space->set(in.printed(key).text().bytes, value);
  return space;
}

Value raise_exception(In& in, const Value&, const Bound& words) {
  fail_with("the template refuses: " + in.printed(words[0]).text().bytes);
}

Value strftime_now(In& in, const Value&, const Bound& words) {
  using namespace std::chrono;
  const AttributedText& format = words.text(0);
  const std::time_t seconds = std::time_t(in.now().time_since_epoch().count());
  std::tm when{};
  gmtime_r(&seconds, &when);
  // A result of no bytes is told from one that does not fit by a character in front.
  const std::string form = "." + std::string(format.bytes.c_str());
  std::string out(1024 + 16 * form.size(), 0);
  in.budget().spend_text(out.size());
  const size_t size = std::strftime(out.data(), out.size(), form.c_str(), &when);
  if (size == 0) fail_with("strftime_now(): the date is too long");
  return in.text(std::string_view(out).substr(1, size - 1), format.origin());
}

constexpr auto kFunctions = std::to_array<Row>({
    {"dict", "*", make_dict},
    {"namespace", "*", make_namespace},
    {"raise_exception", "message", raise_exception},
    {"range", "start stop? step?", range},
    {"strftime_now", "format", strftime_now},
});

// ---- dicts

Value get(In&, const Value& self, const Bound& words) {
  need_hashable(words[0]);
  if (const Value* found = self.dict().find(words[0])) return *found;
  return words.has(1) ? words[1] : Value::none();
}

Value items(In& in, const Value& self, const Bound&) {
  Values out;
  for (const auto& [key, value] : self.dict().entries)
    out.push_back(in.list({key, value}, ListKind::tuple, self.origin()));
  return in.view(std::move(out), "dict_items", self.origin());
}

Value keys(In& in, const Value& self, const Bound&) {
  Values out;
  for (const auto& entry : self.dict().entries) out.push_back(entry.first);
  return in.view(std::move(out), "dict_keys", self.origin());
}

Value values(In& in, const Value& self, const Bound&) {
  Values out;
  for (const auto& entry : self.dict().entries) out.push_back(entry.second);
  return in.view(std::move(out), "dict_values", self.origin());
}

Value copy(In&, const Value& self, const Bound&) { return self; }

constexpr auto kDictMethods = std::to_array<Row>({
    {"copy", "", copy},
    {"get", "key default?", get},
    {"items", "", items},
    {"keys", "", keys},
    {"values", "", values},
});

// ---- lists and tuples

Value count(In& in, const Value& self, const Bound& words) {
  Int out = 0;
  for (const Value& item : self.list().items) out += equal(in.budget(), item, words[0]) ? 1 : 0;
  return Value::integer(out);
}

Value index(In& in, const Value& self, const Bound& words) {
  const Values& all = self.list().items;
  for (size_t i = 0; i < all.size(); ++i) {
    if (equal(in.budget(), all[i], words[0])) return Value::integer(Int(i));
  }
  fail_with("the value is not in the list");
}

constexpr auto kListMethods = std::to_array<Row>({
    {"copy", "", copy},
    {"count", "value", count},
    {"index", "value", index},
});

// ---- loop

Value cycle(In&, const Value& self, const Bound& words) {
  const Values& all = words.rest.positional;
  if (all.empty()) fail_with("no items for cycling given");
  return all[self.loop().index % all.size()];
}

Value changed(In& in, const Value& self, const Bound& words) {
  Value now = in.list(words.rest.positional, ListKind::tuple);
  const bool same = self.loop().seen.is(Kind::list) && equal(in.budget(), self.loop().seen, now);
  self.loop().seen = std::move(now);
  return Value::boolean(!same);
}

constexpr auto kLoopMethods = std::to_array<Row>({
    {"changed", "*", changed},
    {"cycle", "*", cycle},
});

}  // namespace

std::span<const Row> functions() { return kFunctions; }

std::span<const Row> methods_of(const Value& value) {
  switch (value.kind()) {
    case Kind::text:
      return text_methods();
    case Kind::dict:
      return kDictMethods;
    case Kind::loop:
      return kLoopMethods;
    case Kind::list:
      if (value.list().kind <= ListKind::tuple) return kListMethods;
      return {};
    default:
      return {};
  }
}

std::optional<Value> loop_attribute(const LoopObject& loop, std::string_view name) {
  struct Number {
    std::string_view name;
    Int (*of)(Int index, Int size, Int depth);
  };
  static constexpr Number kNumbers[] = {
      {"index", [](Int i, Int, Int) { return i + 1; }},
      {"index0", [](Int i, Int, Int) { return i; }},
      {"revindex", [](Int i, Int n, Int) { return n - i; }},
      {"revindex0", [](Int i, Int n, Int) { return n - i - 1; }},
      {"length", [](Int, Int n, Int) { return n; }},
      {"depth", [](Int, Int, Int d) { return d; }},
      {"depth0", [](Int, Int, Int d) { return d - 1; }},
  };
  const Values& all = loop.items->items;
  for (const Number& row : kNumbers) {
    if (row.name == name) return Value::integer(row.of(Int(loop.index), Int(all.size()), loop.depth));
  }
  if (name == "first") return Value::boolean(loop.index == 0);
  if (name == "last") return Value::boolean(loop.index + 1 >= all.size());
  if (name == "previtem") return loop.index > 0 ? all[loop.index - 1] : Value();
  if (name == "nextitem") return loop.index + 1 < all.size() ? all[loop.index + 1] : Value();
  return std::nullopt;
}

}  // namespace straddle::templates::jinja
