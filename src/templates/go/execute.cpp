// Statements of a Go template.
#include "templates/go/interpreter.h"
#include "templates/go/print.h"

namespace straddle::templates::go {

void Interpreter::run(const Value& dot) {
  variables_.assign(1, {NameId(0), dot});  // $
  execute(tree_.root, dot);
}

Interpreter::Flow Interpreter::execute(NodeId id, const Value& dot) {
  const Level level = budget_.deeper();
  const Node& node = tree_.nodes[id];
  budget_.spend(1);
  line_ = node.line;
  switch (node.kind) {
    case NodeKind::list:
      return execute_list(node, dot);
    case NodeKind::text:
      out_.add(tree_.texts[node.number], Origin::own);
      return Flow::on;
    case NodeKind::action: {
      const Value value = pipe(node.kids[0], dot);
      if (tree_.nodes[node.kids[0]].number == 0) show(value);
      return Flow::on;
    }
    case NodeKind::branch:
    case NodeKind::with:
      return branch(node, dot);
    case NodeKind::range:
      return range(node, dot);
    case NodeKind::invoke:
      invoke(node, dot);
      return Flow::on;
    case NodeKind::leave:
      return Flow::leave;
    default:
      return Flow::again;
  }
}

Interpreter::Flow Interpreter::execute_list(const Node& list, const Value& dot) {
  for (const NodeId id : list.kids) {
    if (const Flow flow = execute(id, dot); flow != Flow::on) return flow;
  }
  return Flow::on;
}

void Interpreter::show(const Value& value) {
  if (value.is_nothing()) return out_.add("<no value>", Origin::own);
  print_value(out_, value);
}

Interpreter::Flow Interpreter::branch(const Node& node, const Value& dot) {
  const size_t outer = variables_.size();
  const Value value = pipe(node.kids[0], dot);
  Flow flow = Flow::on;
  if (value.is_true()) {
    flow = execute(node.kids[1], node.kind == NodeKind::with ? value : dot);
  } else if (node.kids[2] != kNoNode) {
    flow = execute(node.kids[2], dot);
  }
  forget_to(outer);
  return flow;
}

Interpreter::Flow Interpreter::range(const Node& node, const Value& dot) {
  const size_t outer = variables_.size();
  const Value over = pipe(node.kids[0], dot);
  Flow flow = Flow::on;
  if (!range_over(node, over, flow) && node.kids[2] != kNoNode) flow = execute(node.kids[2], dot);
  forget_to(outer);
  return flow;
}

// False: there is nothing to walk over.
bool Interpreter::range_over(const Node& node, const Value& over, Flow& flow) {
  switch (over.kind()) {
    case Kind::list:
      for (size_t i = 0; i < over.size() && flow != Flow::leave; ++i)
        flow = range_step(node, Value::integer(int64_t(i)), over.item(i));
      break;
    case Kind::dict:
      if (over.is_struct()) fail_with("range can't iterate over a struct");
      for (const auto& [key, value] : over.dict().entries) {
        if ((flow = range_step(node, key, value)) == Flow::leave) break;
      }
      break;
    case Kind::integer:
      if (tree_.nodes[node.kids[0]].number > 1)
        fail_with("can't use a number to iterate over more than one variable");
      for (int64_t i = 0; i < over.as_integer() && flow != Flow::leave; ++i)
        flow = range_step(node, Value(), Value::integer(i, over.origin()));
      break;
    case Kind::missing:
    case Kind::nil:
      return false;
    default:
      fail_with(std::string("range can't iterate over a ") + type_name(over));
  }
  flow = Flow::on;
  return over.is_true() && !(over.is(Kind::integer) && over.as_integer() < 0);
}

// Of the variables of the range, the last takes the item, the one before the index.
Interpreter::Flow Interpreter::range_step(const Node& node, const Value& index, const Value& item) {
  budget_.spend(1);
  const Node& over = tree_.nodes[node.kids[0]];
  const size_t names = over.number, mark = variables_.size();
  for (size_t i = 0; i < names; ++i) {
    const Value& value = i + 1 < names ? index : item;
    if (over.assigns) {
      variable(over.kids[i]) = value;
    } else {
      variables_[mark - names + i].second = value;
    }
  }
  const Flow flow = execute(node.kids[1], item);
  forget_to(mark);
  return flow;
}

NodeId Interpreter::template_root(NameId name) const {
  for (const auto& known : tree_.definitions) {
    if (known.name == name) return known.root;
  }
  if (tree_.names[name].empty()) return tree_.root;
  fail_with("template \"" + tree_.names[name] + "\" not defined");
}

// It sees no variables but $.
void Interpreter::invoke(const Node& node, const Value& dot) {
  const NodeId root = template_root(node.number);
  const Value given = node.kids[0] == kNoNode ? Value() : pipe(node.kids[0], dot);
  const size_t outer = variables_.size(), frame = std::exchange(frame_, outer);
  variables_.emplace_back(NameId(0), given);
  execute(root, given);
  frame_ = frame;
  forget_to(outer);
}

}  // namespace straddle::templates::go
