// What templates can call: a row each.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "templates/go/value.h"

namespace straddle::templates::go {

// What a function works with, beside its arguments.
struct Call {
  Budget& budget;
  std::chrono::local_seconds now;
  std::span<const Value> words;
};

struct Function {
  std::string_view name;
  size_t fewest, most;             // arguments
  Value (*run)(const Call& call);  // null: `and` and `or`, whose arguments the interpreter looks at
};
inline constexpr size_t kAny = SIZE_MAX;

std::span<const Function> functions();
std::optional<uint32_t> find_function(std::string_view name);

// Methods of lists and structs: .String, .ToTypeScriptType. Nothing where it has none of the name.
std::optional<Value> call_method(const Call& call, const Value& of, std::string_view name);

// ---- shared by rows

Value eq(const Call& call);
Value ne(const Call& call);
Value lt(const Call& call);
Value le(const Call& call);
Value gt(const Call& call);
Value ge(const Call& call);

Value printf(const Call& call);
Value typescript_type(const Call& call);

Value escape_html(const Call& call);
Value escape_js(const Call& call);
Value escape_query(const Call& call);

}  // namespace straddle::templates::go
