// A parsed Go template: nodes in one array, each naming its children by their place, so that taking it
// down recurses nowhere. Immutable once parsed; shared by all threads that render.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace straddle::templates::go {

using NodeId = uint32_t;
using NameId = uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;

enum class NodeKind : uint8_t {
  // Statements; kids in brackets, ? where kNoNode may stand.
  list,    // [statements]
  text,    // number: which text
  action,  // [pipe]
  branch,  // [pipe, list, else list?]: if
  with,    // [pipe, list, else list?]
  range,   // [pipe, list, else list?]
  invoke,  // [pipe?] number: the name of a template
  leave,   // break
  again,   // continue
  // Expressions.
  pipe,      // [declared names ..., commands ...] number: how many names
  command,   // [operands]
  dot,       // .
  nil,       // nil
  literal,   // number: which literal
  field,     // [names]: .A.B
  variable,  // [names]: $x.A.B
  chain,     // [operand, names ...]: (pipe).A.B
  function,  // number: which function
};

struct Node {
  NodeKind kind;
  bool assigns = false;  // of a pipe: = instead of :=
  uint32_t line = 0;
  uint32_t number = 0;
  std::vector<uint32_t> kids;
};

using Literal = std::variant<bool, int64_t, double, std::string>;

struct SyntaxTree {
  struct Definition {  // {{define}} or {{block}}
    NameId name;
    NodeId root;
  };

  std::string source, name;
  std::vector<Node> nodes;
  std::vector<std::string> names, texts;
  std::vector<Literal> literals;
  std::vector<Definition> definitions;
  NodeId root = kNoNode;
};

// Whether a field or a variable anywhere in it has this name, in letters of either case.
bool mentions(const SyntaxTree& tree, std::string_view name);

// Takes away what stands behind the first place that shows the field, as Ollama does before it asks a
// model to go on from there. Conditions stay.
void end_at_field(SyntaxTree& tree, std::string_view name);

}  // namespace straddle::templates::go
