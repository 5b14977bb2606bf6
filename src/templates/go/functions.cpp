#include "templates/go/functions.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "templates/go/print.h"

namespace straddle::templates::go {
namespace {

const Value& first(const Call& call) { return call.words[0]; }

Value not_of(const Call& call) { return Value::boolean(!first(call).is_true()); }

Value len(const Call& call) {
  const Value& of = first(call);
  switch (of.kind()) {
    case Kind::text:
      return Value::integer(int64_t(of.text().size()));
    case Kind::list:
      return Value::integer(int64_t(of.size()));
    case Kind::dict:
      if (!of.is_struct()) return Value::integer(int64_t(of.dict().entries.size()));
      break;
    default:
      break;
  }
  fail_with(std::string("len of type ") + type_name(of));
}

// A place in something of so many items.
size_t place(const Value& at, size_t size) {
  if (!at.is(Kind::integer))
    fail_with(std::string("cannot index with a value of type ") + type_name(at));
  if (at.as_integer() < 0 || uint64_t(at.as_integer()) > size)
    fail_with("index out of range: " + std::to_string(at.as_integer()));
  return size_t(at.as_integer());
}

size_t place_within(const Value& at, size_t size) {
  const size_t out = place(at, size);
  if (out == size) fail_with("index out of range: " + std::to_string(out));
  return out;
}

// What a map gives for a key that it lacks: the zero of its values' type, which is known of texts only.
Value index_of(const Value& of, const Value& at) {
  switch (of.kind()) {
    case Kind::text: {
      const size_t i = place_within(at, of.text().size());
      return Value::integer(static_cast<unsigned char>(of.text().bytes[i]), of.text().origin_at(i));
    }
    case Kind::list:
      return of.item(place_within(at, of.size()));
    case Kind::dict: {
      if (of.is_struct()) break;
      if (!at.is(Kind::text))
        fail_with(std::string("value has type ") + type_name(at) + "; should be string");
      const Value* found = of.dict().find(at.text().bytes);
      return found ? *found : Value::nil();
    }
    default:
      break;
  }
  fail_with(std::string("can't index item of type ") + type_name(of));
}

Value index(const Call& call) {
  Value out = first(call);
  for (const Value& at : call.words.subspan(1)) {
    call.budget.spend(1);
    out = index_of(out, at);
  }
  if (first(call).is_nothing()) fail_with("index of untyped nil");
  return out;
}

Value slice(const Call& call) {
  const Value& of = first(call);
  if (!of.is(Kind::text) && !of.is(Kind::list))
    fail_with(std::string("can't slice item of type ") + type_name(of));
  const bool is_text = of.is(Kind::text);
  const auto at = call.words.subspan(1);
  if (is_text && at.size() == 3) fail_with("cannot 3-index slice a string");
  const size_t size = is_text ? of.text().size() : of.size();
  const size_t most = is_text ? size : of.items_left();
  size_t bounds[3] = {0, size, most};
  for (size_t i = 0; i < at.size(); ++i) bounds[i] = place(at[i], most);
  for (size_t i = 0; i < 2; ++i) {
    if (bounds[i] > bounds[i + 1])
      fail_with("invalid slice index: " + std::to_string(bounds[i]) + " > " +
                std::to_string(bounds[i + 1]));
  }
  if (!is_text) return of.cut(bounds[0], bounds[1]);
  TextBuilder out(call.budget);
  out.add(of.text(), bounds[0], bounds[1]);
  return Value::text(out);
}

Value call_value(const Call& call) {
  fail_with(std::string("call of a value of type ") + type_name(first(call)) + ", which is no function");
}

Value print(const Call& call) {
  TextBuilder out(call.budget);
  print_all(out, call.words);
  return Value::text(out);
}

Value println(const Call& call) {
  TextBuilder out(call.budget);
  for (size_t i = 0; i < call.words.size(); ++i) {
    if (i > 0) out.add(" ", Origin::own);
    print_value(out, call.words[i]);
  }
  out.add("\n", Origin::own);
  return Value::text(out);
}

Value json(const Call& call) {
  TextBuilder out(call.budget);
  print_json(out, first(call));
  return Value::text(out);
}

Value date(const Call& call, std::chrono::days ago) {
  for (const Value& word : call.words) {
    if (!word.is(Kind::text)) fail_with(std::string("a format must be a text, not ") + type_name(word));
  }
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(call.now) - ago);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", int(day.year()), unsigned(day.month()),
                unsigned(day.day()));
  TextBuilder out(call.budget);
  out.add(text, Origin::own);
  return Value::text(out);
}

Value current_date(const Call& call) { return date(call, std::chrono::days(0)); }
Value yesterday_date(const Call& call) { return date(call, std::chrono::days(1)); }

// Of Go's text/template, then Ollama's own. By the names.
constexpr Function kFunctions[] = {
    {"and", 1, kAny, nullptr},
    {"call", 1, kAny, call_value},
    {"eq", 1, kAny, eq},
    {"ge", 2, 2, ge},
    {"gt", 2, 2, gt},
    {"html", 0, kAny, escape_html},
    {"index", 1, kAny, index},
    {"js", 0, kAny, escape_js},
    {"le", 2, 2, le},
    {"len", 1, 1, len},
    {"lt", 2, 2, lt},
    {"ne", 2, 2, ne},
    {"not", 1, 1, not_of},
    {"or", 1, kAny, nullptr},
    {"print", 0, kAny, print},
    {"printf", 1, kAny, printf},
    {"println", 0, kAny, println},
    {"slice", 1, 4, slice},
    {"urlquery", 0, kAny, escape_query},
    {"currentDate", 0, kAny, current_date},
    {"json", 1, 1, json},
    {"toTypeScriptType", 1, 1, typescript_type},
    {"yesterdayDate", 0, kAny, yesterday_date},
};

}  // namespace

std::span<const Function> functions() { return kFunctions; }

std::optional<uint32_t> find_function(std::string_view name) {
  const auto at = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                               [&](const Function& function) { return function.name == name; });
  if (at == std::end(kFunctions)) return {};
  return uint32_t(at - std::begin(kFunctions));
}

std::optional<Value> call_method(const Call& call, const Value& of, std::string_view name) {
  const GoType* type = of.type();
  if (!type) return {};
  if (name == "String" && type->prints != GoType::Prints::plainly) {
    TextBuilder out(call.budget);
    print_value(out, of);
    return Value::text(out);
  }
  if (name == "ToTypeScriptType" && type->is_schema) return typescript_type(call);
  return {};
}

}  // namespace straddle::templates::go
