// The half of the interpreter that computes expressions.
#include <algorithm>

#include "templates/characters.h"
#include "templates/jinja/interpreter.h"
#include "templates/jinja/operators.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

// Python's rules for x[begin:end:step] over `size` items.
struct Steps {
  Int begin, step, count;
};

Int clamped(Int index, Int size, Int low, Int high) {
  if (index < 0) index += size;
  return std::clamp(index, low, high);
}

Steps steps_of(const Value& begin, const Value& end, const Value& step, Int size) {
  const auto given = [](const Value& bound, Int preset) {
    if (bound.is(Kind::none)) return preset;
    if (!bound.is_whole()) fail_with("a slice needs whole numbers");
    return bound.as_integer();
  };
  const Int by = given(step, 1);
  if (by == 0) fail_with("slice step cannot be zero");
  const Int low = by > 0 ? 0 : -1, high = by > 0 ? size : size - 1;
  const Int first =
      begin.is(Kind::none) ? (by > 0 ? low : high) : clamped(given(begin, 0), size, low, high);
  const Int last = end.is(Kind::none) ? (by > 0 ? high : low) : clamped(given(end, 0), size, low, high);
  const Int distance = by > 0 ? last - first : first - last;
  const Int stride = by > 0 ? by : (by == -by ? 1 : -by);
  return {first, by, distance <= 0 ? 0 : (distance - 1) / stride + 1};
}

Value slice_text(Interpreter& in, const TextObject& of, const Steps& steps) {
  const AttributedText& text = of.text;
  TextBuilder out(in.budget());
  if (of.characters() == text.size()) {
    if (steps.step == 1) {
      out.add(text, size_t(steps.begin), size_t(steps.begin + steps.count));
    } else {
      for (Int i = 0; i < steps.count; ++i) {
        const auto at = size_t(steps.begin + i * steps.step);
        out.add(text, at, at + 1);
      }
    }
    return in.text(out);
  }
  in.budget().spend(text.size() / 4);
  in.budget().need(of.characters() * sizeof(uint32_t));
  std::vector<uint32_t> starts;
  for (size_t at = 0; at < text.size(); at += character_at(text.bytes, at).bytes)
    starts.push_back(uint32_t(at));
  starts.push_back(uint32_t(text.size()));
  for (Int i = 0; i < steps.count; ++i) {
    const auto at = size_t(steps.begin + i * steps.step);
    out.add(text, starts[at], starts[at + 1]);
  }
  return in.text(out);
}

Value slice_list(Interpreter& in, const ListObject& list, const Steps& steps) {
  in.budget().need(size_t(steps.count) * sizeof(Value));
  Values items;
  for (Int i = 0; i < steps.count; ++i)
    items.push_back(list.items[size_t(steps.begin + i * steps.step)]);
  return in.list(std::move(items), list.kind, list.origin);
}

bool can_index(const Value& value) {
  return value.is(Kind::list) && value.list().kind <= ListKind::range;
}

}  // namespace

// ---- making values

Value Interpreter::text(std::string_view bytes, Origin origin) {
  TextBuilder out(budget_);
  out.add(bytes, origin);
  return text(out);
}

Value Interpreter::text(TextBuilder& made, bool is_markup) {
  return heap_.make<TextObject>(made.take(), is_markup);
}

Value Interpreter::piece(const AttributedText& of, size_t begin, size_t end) {
  TextBuilder out(budget_);
  out.add(of, begin, end);
  return text(out);
}

Value Interpreter::list(Values items, ListKind kind, Origin origin) {
  return heap_.make<ListObject>(std::move(items), kind, origin);
}

Value Interpreter::view(Values items, std::string_view name, Origin origin) {
  Value out = list(std::move(items), ListKind::view, origin);
  out.list().view_name = name;
  return out;
}

Value Interpreter::dict(DictObject::Entries entries, Origin origin) {
  return heap_.make<DictObject>(std::move(entries), origin);
}

Value Interpreter::undefined(std::string why) {
  return Value::undefined(heap_.make<TextObject>(AttributedText{std::move(why), {}}));
}

Value Interpreter::printed(const Value& value) {
  if (value.is(Kind::text)) return value;
  TextBuilder out(budget_);
  print(out, value);
  return text(out);
}

// ---- reaching into values

Ref<ListObject> Interpreter::walk(const Value& value) {
  switch (value.kind()) {
    case Kind::undefined:
      return heap_.make<ListObject>(Values());
    case Kind::list: {
      ListObject& list = value.list();
      if (list.kind != ListKind::generator) return Ref<ListObject>(&list);
      return heap_.make<ListObject>(std::exchange(list.items, {}), ListKind::list, list.origin);
    }
    case Kind::dict: {
      Values keys;
      for (const auto& entry : value.dict().entries) keys.push_back(entry.first);
      return heap_.make<ListObject>(std::move(keys), ListKind::list, value.origin());
    }
    case Kind::text: {
      Values out;
      const AttributedText& all = value.text();
      for (size_t at = 0, end; at < all.size(); at = end) {
        end = at + character_at(all.bytes, at).bytes;
        out.push_back(piece(all, at, end));
      }
      return heap_.make<ListObject>(std::move(out));
    }
    default:
      fail_with(std::string("'") + type_name(value) + "' object is not iterable");
  }
}

Value Interpreter::attribute(const Value& of, std::string_view name) {
  if (of.is(Kind::undefined)) fail_with(why_undefined(of));
  if (const Row* row = find_row(methods_of(of), name)) return heap_.make<CallableObject>(row, of);
  if (of.is(Kind::dict)) {
    if (const Value* found = of.dict().find(name)) return *found;
  } else if (of.is(Kind::space)) {
    if (const Value* found = of.space().find(name)) return *found;
  } else if (of.is(Kind::loop)) {
    if (auto found = loop_attribute(of.loop(), name)) return *found;
  }
  return undefined(std::string("'") + type_name(of) + " object' has no attribute '" + std::string(name) +
                   "'");
}

Value Interpreter::item(const Value& of, const Value& key) {
  if (of.is(Kind::undefined)) fail_with(why_undefined(of));
  if (of.is(Kind::dict)) {
    if (const Value* found = of.dict().find(key)) return *found;
  } else if (key.is_whole() && (of.is(Kind::text) || can_index(of))) {
    const Int size =
        of.is(Kind::text) ? Int(of.text_object().characters()) : Int(of.list().items.size());
    const Int index = key.as_integer() < 0 ? key.as_integer() + size : key.as_integer();
    if (index >= 0 && index < size) {
      if (can_index(of)) return of.list().items[size_t(index)];
      return slice_text(*this, of.text_object(), {index, 1, 1});
    }
  }
  if (key.is(Kind::text) && !(of.is(Kind::dict) && !find_row(methods_of(of), key.text().bytes)))
    return attribute(of, key.text().bytes);
  TextBuilder shown(budget_);
  print_repr(shown, key);
  return undefined(std::string("'") + type_name(of) + " object' has no element " +
                   shown.text().bytes.substr(0, 80));
}

Value Interpreter::slice(const Value& of, const Node& bounds) {
  Value parts[3];
  for (size_t i = 0; i < 3; ++i)
    parts[i] = bounds.kids[i] == kNoNode ? Value::none() : eval(bounds.kids[i]);
  if (of.is(Kind::undefined)) fail_with(why_undefined(of));
  if (of.is(Kind::text)) {
    const Int size = Int(of.text_object().characters());
    return slice_text(*this, of.text_object(), steps_of(parts[0], parts[1], parts[2], size));
  }
  if (!can_index(of)) return undefined(std::string("'") + type_name(of) + "' cannot be sliced");
  const ListObject& list = of.list();
  return slice_list(*this, list, steps_of(parts[0], parts[1], parts[2], Int(list.items.size())));
}

// ---- expressions

Value Interpreter::eval(NodeId id) {
  const Level level = budget_.deeper();
  budget_.spend(1);
  const Node& node = tree_.nodes[id];
  line_ = node.line;
  switch (node.kind) {
    case NodeKind::literal:
      return literals_[node.number];
    case NodeKind::name:
      return eval_name(node);
    case NodeKind::captured:
      return captured_;
    case NodeKind::list:
      return eval_list(node, ListKind::list);
    case NodeKind::tuple:
      return eval_list(node, ListKind::tuple);
    case NodeKind::dict:
      return eval_dict(node);
    case NodeKind::attribute:
      return attribute(eval(node.kids[0]), tree_.names[node.name]);
    case NodeKind::item:
      return eval_item(node);
    case NodeKind::call:
      return eval_call(node);
    case NodeKind::filter: {
      const Value subject = eval(node.kids[0]);
      return filter(tree_.names[node.name], subject, eval_arguments(node));
    }
    case NodeKind::test: {
      const Value subject = eval(node.kids[0]);
      return Value::boolean(test(tree_.names[node.name], subject, eval_arguments(node)));
    }
    case NodeKind::negative:
      return negative(eval(node.kids[0]));
    case NodeKind::positive:
      return positive(eval(node.kids[0]));
    case NodeKind::binary: {
      const Value left = eval(node.kids[0]);
      return binary(*this, node.op, left, eval(node.kids[1]));
    }
    case NodeKind::concat:
      return eval_concat(node);
    case NodeKind::both: {
      Value left = eval(node.kids[0]);
      return left.is_true() ? eval(node.kids[1]) : left;
    }
    case NodeKind::either: {
      Value left = eval(node.kids[0]);
      return left.is_true() ? left : eval(node.kids[1]);
    }
    case NodeKind::negation:
      return Value::boolean(!eval(node.kids[0]).is_true());
    case NodeKind::compare:
      return eval_compare(node);
    case NodeKind::conditional:
      return eval_conditional(node);
    default:
      fail_with("not an expression");
  }
}

Value Interpreter::eval_name(const Node& node) {
  uint64_t scopes = 0;
  for (const Scope* scope = scope_.get(); scope; scope = scope->parent.get(), ++scopes) {
    if (const Value* found = scope->find(node.name)) return *found;
  }
  budget_.spend(scopes);
  const std::string& name = tree_.names[node.name];
  if (const Row* row = find_row(functions(), name)) return heap_.make<CallableObject>(row, Value());
  return undefined("'" + name + "' is undefined");
}

Value Interpreter::eval_list(const Node& node, ListKind kind) {
  Values items;
  items.reserve(node.kids.size());
  for (const NodeId kid : node.kids) items.push_back(eval(kid));
  return list(std::move(items), kind);
}

Value Interpreter::eval_dict(const Node& node) {
  DictObject::Entries entries;
  for (size_t i = 0; i < node.kids.size(); i += 2) {
    Value key = eval(node.kids[i]);
    put_entry(budget_, entries, std::move(key), eval(node.kids[i + 1]));
  }
  return dict(std::move(entries));
}

Value Interpreter::eval_item(const Node& node) {
  const Value of = eval(node.kids[0]);
  const Node& key = tree_.nodes[node.kids[1]];
  return key.kind == NodeKind::slice ? slice(of, key) : item(of, eval(node.kids[1]));
}

Value Interpreter::eval_concat(const Node& node) {
  TextBuilder out(budget_);
  for (const NodeId kid : node.kids) print(out, eval(kid));
  return text(out);
}

Value Interpreter::eval_compare(const Node& node) {
  Value left = eval(node.kids[0]);
  for (size_t i = 1; i < node.kids.size(); ++i) {
    const Node& comparison = tree_.nodes[node.kids[i]];
    Value right = eval(comparison.kids[0]);
    if (!holds(*this, comparison.op, left, right)) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Value Interpreter::eval_conditional(const Node& node) {
  if (eval(node.kids[0]).is_true()) return eval(node.kids[1]);
  if (node.kids[2] != kNoNode) return eval(node.kids[2]);
  return undefined("an if without else gave nothing");
}

Arguments Interpreter::eval_arguments(const Node& node) {
  Arguments out;
  for (size_t i = 1; i < node.kids.size(); ++i) {
    const Node& word = tree_.nodes[node.kids[i]];
    if (word.kind == NodeKind::named) {
      out.named.emplace_back(tree_.names[word.name], eval(word.kids[0]));
    } else if (word.kind == NodeKind::star) {
      const auto more = walk(eval(word.kids[0]));
      out.positional.insert(out.positional.end(), more->items.begin(), more->items.end());
    } else if (word.kind == NodeKind::star_star) {
      const Value more = eval(word.kids[0]);
      if (!more.is(Kind::dict)) fail_with("what stands behind ** must be a dict");
      for (const auto& [key, value] : more.dict().entries)
        out.named.emplace_back(printed(key).text().bytes, value);
    } else {
      out.positional.push_back(eval(node.kids[i]));
    }
  }
  return out;
}

Value Interpreter::eval_call(const Node& node) {
  const Value callee = eval(node.kids[0]);
  Arguments words = eval_arguments(node);
  line_ = node.line;
  return call(callee, std::move(words));
}

// ---- calls

Value Interpreter::call(const Value& callee, Arguments words) {
  if (callee.is(Kind::undefined)) fail_with(why_undefined(callee));
  if (callee.is(Kind::loop)) return call_loop(callee.loop(), std::move(words));
  if (!callee.is(Kind::callable))
    fail_with(std::string("'") + type_name(callee) + "' object is not callable");
  const CallableObject& object = callee.callable();
  if (object.macro) return call_macro(object, std::move(words));
  return object.row->run(*this, object.receiver, bind(*object.row, std::move(words)));
}

Value Interpreter::filter(std::string_view name, const Value& subject, Arguments words) {
  for (const auto rows : {text_filters(), list_filters(), value_filters()}) {
    if (const Row* row = find_row(rows, name))
      return row->run(*this, subject, bind(*row, std::move(words)));
  }
  fail_with("no filter named '" + std::string(name) + "'");
}

bool Interpreter::test(std::string_view name, const Value& subject, Arguments words) {
  const Row* row = find_row(tests(), name);
  if (!row) fail_with("no test named '" + std::string(name) + "'");
  return row->run(*this, subject, bind(*row, std::move(words))).is_true();
}

}  // namespace straddle::templates::jinja
