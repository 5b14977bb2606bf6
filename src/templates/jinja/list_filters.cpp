// Filters on lists and dicts. Those that Python makes lazily give a generator.
#include <algorithm>
#include <array>
#include <numeric>

#include "templates/jinja/interpreter.h"
#include "templates/jinja/numbers.h"
#include "templates/jinja/operators.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

using In = Interpreter;

Value generator(In& in, Values items, Origin origin) {
  return in.list(std::move(items), ListKind::generator, origin);
}

// ---- attributes: "a.b.0" reaches into each part

Value reached(In& in, Value from, const Value& path, const Value* preset = nullptr) {
  if (!path.is(Kind::text)) return in.item(from, path);
  std::string_view rest = path.text().bytes;
  for (bool more = true; more;) {
    const size_t end = rest.find('.');
    const std::string_view part = rest.substr(0, end);
    more = end != rest.npos;
    if (more) rest.remove_prefix(end + 1);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    from = in.item(from, number ? Value::integer(read_integer(part).value_or(0)) : in.text(part));
    if (preset && from.is(Kind::undefined)) from = *preset;
  }
  return from;
}

// What a filter looks at: an item, or an attribute of it; without capitals where case does not count.
struct Key {
  In& in;
  const Value* attribute = nullptr;
  bool exact = false;
  const Value* preset = nullptr;

  Value operator()(const Value& item) const {
    Value out = attribute ? reached(in, item, *attribute, preset) : item;
    if (exact || !out.is(Kind::text)) return out;
    return in.filter("lower", out, {});
  }
};

const Value* given(const Bound& words, size_t i) {
  return words.has(i) && !words[i].is(Kind::none) ? &words[i] : nullptr;
}

// One key per item; equal ones keep their order.
Values sorted(In& in, const Values& items, const Values& keys, bool reverse) {
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return reverse ? compare(in.budget(), keys[b], keys[a]) < 0
                   : compare(in.budget(), keys[a], keys[b]) < 0;
  });
  Values out;
  for (const size_t i : order) out.push_back(items[i]);
  return out;
}

Values sorted_by(In& in, const Values& items, const Key& key, bool reverse) {
  Values keys;
  for (const Value& item : items) keys.push_back(key(item));
  return sorted(in, items, keys, reverse);
}

// By several attributes, separated by commas; then lists are compared.
Value sort(In& in, const Value& self, const Bound& words) {
  const auto items = in.walk(self);
  const Value comma = in.text(",");
  Values paths;
  if (const Value* attribute = given(words, 2)) {
    paths = attribute->is(Kind::text) ? split_text(in, *attribute, &comma.text(), -1, false)
                                      : Values{*attribute};
  }
  Values keys;
  for (const Value& item : items->items) {
    Values key;
    for (const Value& path : paths) key.push_back(Key{in, &path, words.is_true(1)}(item));
    if (paths.empty()) key.push_back(Key{in, nullptr, words.is_true(1)}(item));
    keys.push_back(in.list(std::move(key)));
  }
  return in.list(sorted(in, items->items, keys, words.is_true(0)), ListKind::list, items->origin);
}

Values pairs(In& in, const Value& dict) {
  Values out;
  for (const auto& [key, value] : dict.dict().entries)
    out.push_back(in.list({key, value}, ListKind::tuple, dict.origin()));
  return out;
}

Value dictsort(In& in, const Value& self, const Bound& words) {
  if (!self.is(Kind::dict)) fail_with(std::string("dictsort wants a dict, not ") + type_name(self));
  const bool by_value = words.has(1) && in.printed(words[1]).text().bytes == "value";
  const Value which = Value::integer(by_value ? 1 : 0);
  return in.list(sorted_by(in, pairs(in, self), Key{in, &which, words.is_true(0)}, words.is_true(2)),
                 ListKind::list, self.origin());
}

Value items(In& in, const Value& self, const Bound&) {
  if (self.is(Kind::undefined)) return generator(in, {}, Origin::own);
  if (!self.is(Kind::dict)) fail_with("items wants a mapping");
  return generator(in, pairs(in, self), self.origin());
}

Value extreme(In& in, const Value& self, const Bound& words, int sign) {
  const auto items = in.walk(self);
  const Key key{in, given(words, 1), words.is_true(0)};
  const Value* best = nullptr;
  Value best_key;
  for (const Value& item : items->items) {
    Value its = key(item);
    if (best && compare(in.budget(), its, best_key) * sign <= 0) continue;
    best = &item;
    best_key = std::move(its);
  }
  return best ? *best : in.undefined("no item, so no least and no greatest");
}
Value min(In& in, const Value& self, const Bound& words) { return extreme(in, self, words, -1); }
Value max(In& in, const Value& self, const Bound& words) { return extreme(in, self, words, 1); }

bool seen(In& in, const Values& before, const Value& key) {
  return std::any_of(before.begin(), before.end(),
                     [&](const Value& one) { return equal(in.budget(), one, key); });
}

Value unique(In& in, const Value& self, const Bound& words) {
  const auto items = in.walk(self);
  const Key key{in, given(words, 1), words.is_true(0)};
  Values keys, out;
  for (const Value& item : items->items) {
    Value its = key(item);
    need_hashable(its);
    if (seen(in, keys, its)) continue;
    keys.push_back(std::move(its));
    out.push_back(item);
  }
  return generator(in, std::move(out), items->origin);
}

Value groupby(In& in, const Value& self, const Bound& words) {
  const auto items = in.walk(self);
  const Key key{in, &words[0], words.is_true(2), given(words, 1)};
  const Key shown{in, &words[0], true, given(words, 1)};
  Values out;
  const Values ordered = sorted_by(in, items->items, key, false);
  for (size_t begin = 0, end; begin < ordered.size(); begin = end) {
    const Value its = key(ordered[begin]);
    for (end = begin + 1; end < ordered.size() && equal(in.budget(), key(ordered[end]), its);) ++end;
    Values group(ordered.begin() + std::ptrdiff_t(begin), ordered.begin() + std::ptrdiff_t(end));
    out.push_back(
        in.list({shown(ordered[begin]), in.list(std::move(group))}, ListKind::tuple, items->origin));
  }
  return in.list(std::move(out), ListKind::list, items->origin);
}

Value sum(In& in, const Value& self, const Bound& words) {
  const auto items = in.walk(self);
  const Key key{in, given(words, 0), true};
  Value out = words.has(1) ? words[1] : Value::integer(0);
  if (out.is(Kind::text)) fail_with("sum() cannot add str");
  for (const Value& item : items->items) out = binary(in, Operator::add, out, key(item));
  return out;
}

Value join(In& in, const Value& self, const Bound& words) {
  const auto items = in.walk(self);
  const Key key{in, given(words, 1), true};
  const Value between = words.has(0) ? in.printed(words[0]) : in.text("");
  TextBuilder out(in.budget());
  for (size_t i = 0; i < items->items.size(); ++i) {
    if (i > 0) out.add(between.text());
    print(out, key(items->items[i]));
  }
  return in.text(out);
}

// ---- parts

Value first(In& in, const Value& self, const Bound&) {
  if (self.is(Kind::text)) return in.item(self, Value::integer(0));
  const auto items = in.walk(self);
  return items->items.empty() ? in.undefined("no first item, sequence was empty") : items->items[0];
}

Value last(In& in, const Value& self, const Bound&) {
  if (self.is(Kind::text)) return in.item(self, Value::integer(-1));
  if (self.is(Kind::list) && self.list().kind == ListKind::generator)
    fail_with("a generator has no last item");
  const auto items = in.walk(self);
  return items->items.empty() ? in.undefined("no last item, sequence was empty") : items->items.back();
}

Value reverse(In& in, const Value& self, const Bound&) {
  auto items = in.walk(self)->items;
  std::reverse(items.begin(), items.end());
  if (!self.is(Kind::text)) return generator(in, std::move(items), self.origin());
  TextBuilder out(in.budget());
  for (const Value& c : items) out.add(c.text());
  return in.text(out);
}

Value list(In& in, const Value& self, const Bound&) {
  const auto all = in.walk(self);
  return in.list(all->items, ListKind::list, all->origin);
}

size_t positive_count(const Bound& words) {
  const Int count = words.integer(0, 0);
  if (count < 1) fail_with(std::string(words.function) + "(): a count above 0 is wanted");
  return size_t(std::min<Int>(count, Int(1) << 40));
}

Value batch(In& in, const Value& self, const Bound& words) {
  const auto all = in.walk(self);
  const size_t size = positive_count(words);
  Values rows;
  for (size_t at = 0; at < all->items.size(); at += size) {
    const size_t end = std::min(at + size, all->items.size());
    Values row(all->items.begin() + std::ptrdiff_t(at), all->items.begin() + std::ptrdiff_t(end));
    if (const Value* fill = given(words, 1)) {
      in.budget().need(size * sizeof(Value));
      row.resize(size, *fill);
    }
    rows.push_back(in.list(std::move(row), ListKind::list, all->origin));
  }
  return generator(in, std::move(rows), all->origin);
}

// `count` columns; the first ones are longer by one where it does not come out even.
Value slice(In& in, const Value& self, const Bound& words) {
  const auto all = in.walk(self);
  const size_t count = positive_count(words), size = all->items.size();
  in.budget().need(count * sizeof(ListObject));
  Values columns;
  for (size_t i = 0, at = 0; i < count; ++i) {
    const size_t end = at + size / count + (i < size % count ? 1 : 0);
    Values column(all->items.begin() + std::ptrdiff_t(at), all->items.begin() + std::ptrdiff_t(end));
    if (const Value* fill = given(words, 1); fill && i >= size % count) column.push_back(*fill);
    columns.push_back(in.list(std::move(column), ListKind::list, all->origin));
    at = end;
  }
  return generator(in, std::move(columns), all->origin);
}

// ---- each item by a filter or a test; what is false (none too) counts as empty

Ref<ListObject> walk_if_true(In& in, const Value& self) {
  return in.walk(self.is_true() ? self : Value());
}

// The first word; empty where there is none.
std::string take_name(In& in, Arguments& words) {
  if (words.positional.empty()) return "";
  std::string name = in.printed(words.positional[0]).text().bytes;
  words.positional.erase(words.positional.begin());
  return name;
}

const Value* find_named(const Arguments& words, std::string_view name) {
  for (const auto& [key, value] : words.named) {
    if (key == name) return &value;
  }
  return nullptr;
}

Value map(In& in, const Value& self, const Bound& words) {
  const auto all = walk_if_true(in, self);
  Arguments rest = words.rest;
  Values out;
  if (const Value* attribute = rest.positional.empty() ? find_named(rest, "attribute") : nullptr) {
    const Key key{in, attribute, true, find_named(rest, "default")};
    for (const Value& item : all->items) out.push_back(key(item));
  } else {
    if (rest.positional.empty()) fail_with("map(): a filter or an attribute is missing");
    const std::string name = take_name(in, rest);
    for (const Value& item : all->items) out.push_back(in.filter(name, item, rest));
  }
  return generator(in, std::move(out), all->origin);
}

Value chosen(In& in, const Value& self, Arguments rest, bool by_attribute, bool wanted) {
  const auto all = walk_if_true(in, self);
  Value path;
  if (by_attribute) {
    if (rest.positional.empty()) fail_with("the name of an attribute is missing");
    path = rest.positional[0];
    rest.positional.erase(rest.positional.begin());
  }
  const Key key{in, by_attribute ? &path : nullptr, true};
  const std::string name = take_name(in, rest);
  Values out;
  for (const Value& item : all->items) {
    const Value looked_at = key(item);
    const bool holds = name.empty() ? looked_at.is_true() : in.test(name, looked_at, rest);
    if (holds == wanted) out.push_back(item);
  }
  return generator(in, std::move(out), all->origin);
}

Value select(In& in, const Value& self, const Bound& words) {
  return chosen(in, self, words.rest, false, true);
}
Value reject(In& in, const Value& self, const Bound& words) {
  return chosen(in, self, words.rest, false, false);
}
Value selectattr(In& in, const Value& self, const Bound& words) {
  return chosen(in, self, words.rest, true, true);
}
Value rejectattr(In& in, const Value& self, const Bound& words) {
  return chosen(in, self, words.rest, true, false);
}

constexpr auto kFilters = std::to_array<Row>({
    {"batch", "linecount fill_with?", batch},
    {"dictsort", "case_sensitive? by? reverse?", dictsort},
    {"first", "", first},
    {"groupby", "attribute default? case_sensitive?", groupby},
    {"items", "", items},
    {"join", "d? attribute?", join},
    {"last", "", last},
    {"list", "", list},
    {"map", "*", map},
    {"max", "case_sensitive? attribute?", max},
    {"min", "case_sensitive? attribute?", min},
    {"reject", "*", reject},
    {"rejectattr", "*", rejectattr},
    {"reverse", "", reverse},
    {"select", "*", select},
    {"selectattr", "*", selectattr},
    {"slice", "slices fill_with?", slice},
    {"sort", "reverse? case_sensitive? attribute?", sort},
    {"sum", "attribute? start?", sum},
    {"unique", "case_sensitive? attribute?", unique},
});

}  // namespace

std::span<const Row> list_filters() { return kFilters; }

}  // namespace straddle::templates::jinja
