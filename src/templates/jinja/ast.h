// A parsed template: nodes in one array, each naming its children by their place, so that taking it down
// recurses nowhere. Immutable once parsed; shared by all threads that render.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

using NodeId = uint32_t;
using NameId = uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;

enum class NodeKind : uint8_t {
  // Expressions; kids in brackets, ? where kNoNode may stand.
  literal,      // number: which literal
  name,         // name
  captured,     // what a filter block or {% set x | filter %} has caught
  list,         // [items]
  tuple,        // [items]
  dict,         // [key, value, ...]
  attribute,    // [of] name
  item,         // [of, key]
  slice,        // [begin?, end?, step?]; only as a key
  call,         // [callee, arguments...]
  filter,       // [subject, arguments...] name
  test,         // [subject, arguments...] name
  named,        // [value] name: an argument NAME=VALUE
  star,         // [values]: an argument *VALUES
  star_star,    // [values]: an argument **VALUES
  negative,     // [of]
  positive,     // [of]
  binary,       // [left, right] op
  concat,       // [parts]: a ~ b ~ c
  both,         // [left, right]: and
  either,       // [left, right]: or
  negation,     // [of]: not
  compare,      // [first, comparison...]
  comparison,   // [right] op
  conditional,  // [condition, then, else?]
  // Statements.
  block,         // [statements]
  data,          // number: which literal
  output,        // [expressions]
  branch,        // [condition, block, ..., else block?]
  loop,          // [target, items, condition?, block, else block?] number: 1 recursive
  assign,        // [target, value]
  catch_set,     // [target, block, filtered?]: {% set x %}...{% endset %}
  catch_filter,  // [filtered, block]
  macro,         // number: which macro
  call_block,    // [call] number: which macro its body is
  with,          // [target, value, ..., block]
  escaping,      // [condition, block]: autoescape
  scoped,        // [block]: generation, block
  leave,         // break
  again,         // continue
  missing,       // name: a tag that needs another template
  space_target,  // name, number: the attribute's name; {% set ns.x = ... %}
};

enum class Operator : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  in,
  not_in
};

struct Node {
  NodeKind kind;
  Operator op{};
  uint16_t height = 0;  // of the tree below: bounds the recursion of who walks it
  uint32_t line = 0;
  uint32_t name = 0;
  uint32_t number = 0;
  std::vector<NodeId> kids;
};

struct Literal {
  std::variant<std::monostate, bool, Int, double, std::string> value;  // monostate: None
};

struct Macro {
  struct Parameter {
    NameId name;
    NodeId preset;  // kNoNode: none
  };
  std::string name;
  std::vector<Parameter> parameters;
  NodeId body = kNoNode;
  bool uses_varargs = false, uses_kwargs = false, uses_caller = false;
};

struct SyntaxTree {
  std::string source, name;
  std::vector<Node> nodes;
  std::vector<std::string> names;
  std::vector<Literal> literals;
  std::vector<Macro> macros;
  NodeId root = kNoNode;
};

}  // namespace straddle::templates::jinja
