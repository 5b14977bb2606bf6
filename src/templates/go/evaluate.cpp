// Expressions of a Go template.
#include "templates/go/interpreter.h"

namespace straddle::templates::go {

Value& Interpreter::variable(NameId name) {
  for (size_t i = variables_.size(); i > frame_; --i) {
    budget_.spend(1);
    if (variables_[i - 1].first == name) return variables_[i - 1].second;
  }
  fail_with("undefined variable " + tree_.names[name]);
}

Value Interpreter::pipe(NodeId id, const Value& dot) {
  const Level level = budget_.deeper();
  const Node& node = tree_.nodes[id];
  Last value;
  for (size_t i = node.number; i < node.kids.size(); ++i) {
    value = command(tree_.nodes[node.kids[i]], dot, value);
    if (value->is(Kind::nil)) value = Value();  // of no type, and so no value
  }
  for (size_t i = 0; i < node.number; ++i) {
    if (node.assigns) {
      variable(node.kids[i]) = *value;
    } else {
      budget_.need(variables_.size() * sizeof(variables_[0]));
      variables_.emplace_back(node.kids[i], *value);
    }
  }
  return *value;
}

Value Interpreter::command(const Node& node, const Value& dot, const Last& last) {
  budget_.spend(1);
  const Node& first = tree_.nodes[node.kids[0]];
  if (first.kind == NodeKind::function)
    return call_function(first, std::span<const NodeId>(node.kids).subspan(1), dot, last);
  if (first.kind == NodeKind::nil) fail_with("nil is not a command");
  if (node.kids.size() > 1 || last) fail_with("can't give an argument to what is no function");
  return operand(node.kids[0], dot);
}

Value Interpreter::operand(NodeId id, const Value& dot) {
  const Node& node = tree_.nodes[id];
  const std::span<const uint32_t> kids(node.kids);
  switch (node.kind) {
    case NodeKind::dot:
      return dot;
    case NodeKind::nil:
      return Value();
    case NodeKind::literal:
      return literal(node);
    case NodeKind::field:
      return fields(dot, kids);
    case NodeKind::variable:
      return fields(variable(kids[0]), kids.subspan(1));
    case NodeKind::chain:
      return fields(operand(kids[0], dot), kids.subspan(1));
    case NodeKind::function:
      return call_function(node, {}, dot, {});
    default:
      return pipe(id, dot);
  }
}

Value Interpreter::literal(const Node& node) const {
  struct {
    Budget& budget;
    Value operator()(bool is) const { return Value::boolean(is); }
    Value operator()(int64_t is) const { return Value::integer(is); }
    Value operator()(double is) const { return Value::real(is); }
    Value operator()(const std::string& is) const {
      TextBuilder out(budget);
      out.add(is, Origin::own);
      return Value::text(out);
    }
  } const to_value{budget_};
  return std::visit(to_value, tree_.literals[node.number]);
}

Value Interpreter::call_function(const Node& node, std::span<const NodeId> words, const Value& dot,
                                 const Last& last) {
  const Level level = budget_.deeper();
  const Function& function = functions()[node.number];
  const size_t count = words.size() + (last ? 1 : 0);
  if (count < function.fewest || count > function.most) {
    fail_with("wrong number of args for " + std::string(function.name) + ": want " +
              (function.most == kAny ? "at least " : "") + std::to_string(function.fewest) + " got " +
              std::to_string(count));
  }
  if (!function.run) return first_of(function, words, dot, last);
  Values values;
  for (const NodeId word : words) values.push_back(operand(word, dot));
  if (last) values.push_back(*last);
  line_ = node.line;
  budget_.spend(1 + count);
  return function.run({budget_, now_, values});
}

// `and` and `or`: the first argument that decides, else the last; what stands behind is not looked at.
Value Interpreter::first_of(const Function& function, std::span<const NodeId> words, const Value& dot,
                            const Last& last) {
  const bool decides = function.name == "or";
  Value out;
  for (const NodeId word : words) {
    out = operand(word, dot);
    if (out.is_true() == decides) return out;
  }
  return last ? *last : out;
}

Value Interpreter::fields(Value of, std::span<const uint32_t> names) {
  for (const NameId name : names) of = field(of, name);
  return of;
}

Value Interpreter::field(const Value& of, NameId id) {
  budget_.spend(1);
  const std::string& name = tree_.names[id];
  if (of.is(Kind::missing)) return Value();
  if (of.is(Kind::nil)) fail_with("nil has no field " + name);
  if (auto made = call_method({budget_, now_, {&of, 1}}, of, name)) return *made;
  if (of.is(Kind::dict)) {
    if (const Value* found = of.dict().find(name)) return *found;
    if (!of.is_struct()) return Value::nil();
  }
  const GoType* type = of.type();
  fail_with("can't evaluate field " + name + " in type " +
            (type && !type->name.empty() ? std::string(type->name) : type_name(of)));
}

}  // namespace straddle::templates::go
