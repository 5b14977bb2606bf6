// The type of a tool's parameter as TypeScript has it: what the template of gpt-oss shows.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "templates/go/functions.h"

namespace straddle::templates::go {
namespace {

std::string_view type_of(std::string_view json_type) {
  static constexpr std::string_view kTypes[][2] = {
      {"string", "string"},   {"number", "number"}, {"integer", "number"},
      {"boolean", "boolean"}, {"array", "array"},   {"object", "Record<string, any>"},
      {"null", "null"}};
  const auto at = std::find_if(std::begin(kTypes), std::end(kTypes),
                               [&](const auto& row) { return row[0] == json_type; });
  return at == std::end(kTypes) ? "any" : (*at)[1];
}

const Value* list_in(const Value& schema, std::string_view field) {
  const Value* out = schema.dict().find(field);
  return out && out->is(Kind::list) && out->size() > 0 ? out : nullptr;
}

void print_type(TextBuilder& out, const Value& schema) {
  const Value* some = list_in(schema, "AnyOf");
  const Value* types = some ? some : list_in(schema, "Type");
  if (!types) return out.add("any", Origin::own);
  for (size_t i = 0; i < types->size(); ++i) {
    if (i > 0) out.add(" | ", Origin::own);
    if (some) {
      print_type(out, types->item(i));
    } else {
      out.add(type_of(types->item(i).text().bytes), Origin::own);
    }
  }
}

}  // namespace

Value typescript_type(const Call& call) {
  const Value& schema = call.words[0];
  TextBuilder out(call.budget);
  if (schema.type() && schema.type()->is_schema) {
    print_type(out, schema);
  } else {
    out.add("any", Origin::own);
  }
  return Value::text(out);
}

}  // namespace straddle::templates::go
