// The half of the interpreter that runs statements, and macros.
#include <algorithm>

#include "templates/jinja/interpreter.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

// A variable has another value as long as this lives.
template <class T>
class Swapped {
 public:
  Swapped(T& variable, T value) : variable_(variable), old_(std::exchange(variable, std::move(value))) {}
  ~Swapped() { variable_ = std::move(old_); }
  Swapped(const Swapped&) = delete;
  Swapped& operator=(const Swapped&) = delete;

 private:
  T& variable_;
  T old_;
};

NameId find_name(const SyntaxTree& tree, std::string_view name) {
  const auto found = std::find(tree.names.begin(), tree.names.end(), name);
  return found == tree.names.end() ? kNoNode : NameId(found - tree.names.begin());
}

}  // namespace

// ---- scopes

void Scope::let_go() {
  entries.clear();
  parent = {};
}

const Value* Scope::find(NameId name) const {
  for (const auto& [key, value] : entries) {
    if (key == name) return &value;
  }
  return nullptr;
}

void Scope::set(NameId name, Value value) {
  if (name == kNoNode) return;  // the template never says it
  budget.spend(1 + entries.size() / 8);
  for (auto& [key, old] : entries) {
    if (key == name) {
      old = std::move(value);
      return;
    }
  }
  budget.hold(sizeof(entries[0]));
  bytes += sizeof(entries[0]);
  entries.emplace_back(name, std::move(value));
}

void Scope::clear() {
  const size_t freed = entries.size() * sizeof(entries[0]);
  entries.clear();
  bytes -= freed;
  budget.release(freed);
}

void CallableObject::let_go() {
  receiver = Value();
  scope = {};
}

void LoopObject::let_go() {
  items = {};
  seen = Value();
  around = {};
}

// ---- the whole

Interpreter::Interpreter(const SyntaxTree& tree, const Limits& limits, std::chrono::local_seconds now)
    : tree_(tree), budget_(limits), heap_(budget_), now_(now) {
  scope_ = heap_.make<Scope>(Ref<Scope>());
  loop_name_ = find_name(tree, "loop");
  caller_ = find_name(tree, "caller");
  varargs_ = find_name(tree, "varargs");
  kwargs_ = find_name(tree, "kwargs");
  for (const Literal& literal : tree.literals) {
    const auto& is = literal.value;
    if (const auto* word = std::get_if<std::string>(&is)) {
      literals_.push_back(text(*word));
    } else if (const auto* whole = std::get_if<Int>(&is)) {
      literals_.push_back(Value::integer(*whole));
    } else if (const auto* real = std::get_if<double>(&is)) {
      literals_.push_back(Value::real(*real));
    } else if (const auto* truth = std::get_if<bool>(&is)) {
      literals_.push_back(Value::boolean(*truth));
    } else {
      literals_.push_back(Value::none());
    }
  }
}

void Interpreter::set_variable(std::string_view name, Value value) {
  scope_->set(find_name(tree_, name), std::move(value));
}

AttributedText Interpreter::run() {
  TextBuilder made(budget_);
  const Swapped<TextBuilder*> out(out_, &made);
  execute(tree_.root);
  return made.take();
}

// ---- statements

Interpreter::Flow Interpreter::execute(NodeId id) {
  const Level level = budget_.deeper();
  budget_.spend(1);
  const Node& node = tree_.nodes[id];
  line_ = node.line;
  switch (node.kind) {
    case NodeKind::block:
      return execute_all(node);
    case NodeKind::data:
      out_->add(literals_[node.number].text());
      return Flow::on;
    case NodeKind::output:
      output(node);
      return Flow::on;
    case NodeKind::branch:
      return branch(node);
    case NodeKind::loop:
      return loop(id);
    case NodeKind::assign:
      assign(tree_.nodes[node.kids[0]], eval(node.kids[1]));
      return Flow::on;
    case NodeKind::catch_set:
      catch_set(node);
      return Flow::on;
    case NodeKind::catch_filter:
      catch_filter(node);
      return Flow::on;
    case NodeKind::macro:
      scope_->set(node.name, make_macro(node.number));
      return Flow::on;
    case NodeKind::call_block:
      call_block(node);
      return Flow::on;
    case NodeKind::with:
      return with(node);
    case NodeKind::scoped:
      return in_scope(node.kids[0]);
    case NodeKind::escaping: {
      const Swapped<bool> on(escaping_, eval(node.kids[0]).is_true());
      return in_scope(node.kids[1]);
    }
    case NodeKind::leave:
      return Flow::leave;
    case NodeKind::again:
      return Flow::again;
    case NodeKind::missing:
      fail_with("'" + tree_.names[node.name] + "' needs another template: there is none");
    default:
      fail_with("not a statement");
  }
}

Interpreter::Flow Interpreter::execute_all(const Node& node) {
  for (const NodeId kid : node.kids) {
    if (const Flow flow = execute(kid); flow != Flow::on) return flow;
  }
  return Flow::on;
}

void Interpreter::output(const Node& node) {
  for (const NodeId kid : node.kids) put_out(eval(kid));
}

void Interpreter::put_out(const Value& value) {
  if (!escaping_) return print(*out_, value);
  const Value shown = printed(value);
  if (shown.text_object().is_markup) return out_->add(shown.text());
  escape_html(*out_, shown.text());
}

Interpreter::Flow Interpreter::branch(const Node& node) {
  size_t i = 0;
  for (; i + 1 < node.kids.size(); i += 2) {
    if (eval(node.kids[i]).is_true()) return execute(node.kids[i + 1]);
  }
  return i < node.kids.size() ? execute(node.kids[i]) : Flow::on;
}

Interpreter::Flow Interpreter::in_scope(NodeId body) {
  const Swapped<Ref<Scope>> scope(scope_, heap_.make<Scope>(scope_));
  return execute(body);
}

// The values are computed in the scope around.
Interpreter::Flow Interpreter::with(const Node& node) {
  auto inner = heap_.make<Scope>(scope_);
  for (size_t i = 0; i + 1 < node.kids.size(); i += 2)
    inner->set(tree_.nodes[node.kids[i]].name, eval(node.kids[i + 1]));
  const Swapped<Ref<Scope>> scope(scope_, inner);
  return execute(node.kids.back());
}

void Interpreter::assign(const Node& target, Value value) {
  if (target.kind == NodeKind::name) return scope_->set(target.name, std::move(value));
  if (target.kind == NodeKind::space_target) {
    const Value space = eval_name(target);
    if (!space.is(Kind::space)) fail_with("cannot assign attribute on non-namespace object");
    return space.space().set(tree_.names[target.number], std::move(value));
  }
  const auto parts = walk(value);
  if (parts->items.size() != target.kids.size()) {
    fail_with(std::to_string(target.kids.size()) + " values are wanted, " +
              std::to_string(parts->items.size()) + " are there");
  }
  for (size_t i = 0; i < target.kids.size(); ++i) assign(tree_.nodes[target.kids[i]], parts->items[i]);
}

// What a body prints, as a value.
Value Interpreter::catch_output(NodeId body) {
  TextBuilder made(budget_);
  const Swapped<TextBuilder*> out(out_, &made);
  in_scope(body);
  return text(made, escaping_);
}

void Interpreter::catch_set(const Node& node) {
  Value value = catch_output(node.kids[1]);
  if (node.kids[2] != kNoNode) {
    const Swapped<Value> caught(captured_, std::move(value));
    value = eval(node.kids[2]);
  }
  assign(tree_.nodes[node.kids[0]], std::move(value));
}

void Interpreter::catch_filter(const Node& node) {
  const Swapped<Value> caught(captured_, catch_output(node.kids[1]));
  put_out(eval(node.kids[0]));
}

// ---- loops

Interpreter::Flow Interpreter::loop(NodeId id) {
  run_loop(id, walk(eval(tree_.nodes[id].kids[1])), 1);
  return Flow::on;
}

// A scope for the next round: the old one, unless a macro has kept it.
Ref<Scope> Interpreter::fresh_scope(Ref<Scope> old) {
  if (!old || old->references > 1) return heap_.make<Scope>(scope_);
  old->clear();
  return old;
}

Ref<ListObject> Interpreter::kept_items(const Node& node, const Ref<ListObject>& items) {
  if (node.kids[2] == kNoNode) return items;
  Values kept;
  Ref<Scope> inner;
  for (const Value& item : items->items) {
    inner = fresh_scope(std::move(inner));
    const Swapped<Ref<Scope>> scope(scope_, inner);
    assign(tree_.nodes[node.kids[0]], item);
    if (eval(node.kids[2]).is_true()) kept.push_back(item);
  }
  return heap_.make<ListObject>(std::move(kept), ListKind::list, items->origin);
}

void Interpreter::run_loop(NodeId id, Ref<ListObject> all, uint32_t depth) {
  const Node& node = tree_.nodes[id];
  const auto items = kept_items(node, all);
  if (items->items.empty()) {
    if (node.kids[4] != kNoNode) in_scope(node.kids[4]);
    return;
  }
  const auto state = heap_.make<LoopObject>(items, depth);
  if (node.number == 1) {
    state->again = id;
    state->around = scope_;
  }
  Ref<Scope> inner;
  for (; state->index < items->items.size(); ++state->index) {
    inner = fresh_scope(std::move(inner));
    const Swapped<Ref<Scope>> scope(scope_, inner);
    inner->set(loop_name_, state);
    assign(tree_.nodes[node.kids[0]], items->items[state->index]);
    if (execute(node.kids[3]) == Flow::leave) break;
  }
}

Value Interpreter::call_loop(LoopObject& outer, Arguments words) {
  if (outer.again == kNoNode) fail_with("only a recursive loop can be called");
  if (words.positional.size() != 1 || !words.named.empty()) fail_with("loop() takes one argument");
  const Level level = budget_.deeper();
  TextBuilder made(budget_);
  const Swapped<TextBuilder*> out(out_, &made);
  const Swapped<Ref<Scope>> scope(scope_, outer.around);
  run_loop(outer.again, walk(words.positional[0]), outer.depth + 1);
  return text(made, escaping_);
}

// ---- macros

Value Interpreter::make_macro(uint32_t index) {
  return heap_.make<CallableObject>(&tree_.macros[index], scope_);
}

void Interpreter::call_block(const Node& node) {
  const Node& call_node = tree_.nodes[node.kids[0]];
  const Value callee = eval(call_node.kids[0]);
  Arguments words = eval_arguments(call_node);
  words.named.emplace_back("caller", make_macro(node.number));
  put_out(call(callee, std::move(words)));
}

Value Interpreter::call_macro(const CallableObject& callee, Arguments words) {
  const Level level = budget_.deeper();
  TextBuilder made(budget_);
  const Swapped<TextBuilder*> out(out_, &made);
  const Swapped<Ref<Scope>> scope(scope_, heap_.make<Scope>(callee.scope));
  bind_macro(*callee.macro, std::move(words));
  execute(callee.macro->body);
  return text(made, escaping_);
}

void Interpreter::bind_macro(const Macro& macro, Arguments words) {
  const auto& parameters = macro.parameters;
  const size_t direct = std::min(parameters.size(), words.positional.size());
  for (size_t i = 0; i < direct; ++i) scope_->set(parameters[i].name, words.positional[i]);

  DictObject::Entries others;
  Value caller = undefined("no caller is defined");
  for (auto& word : words.named) {
    const std::string& name = word.first;
    Value& value = word.second;
    const auto parameter =
        std::find_if(parameters.begin(), parameters.end(),
                     [&](const Macro::Parameter& p) { return tree_.names[p.name] == name; });
    if (parameter != parameters.end()) {
      if (scope_->find(parameter->name))
        fail_with("macro '" + macro.name + "' got two values for '" + name + "'");
      scope_->set(parameter->name, std::move(value));
    } else if (name == "caller" && macro.uses_caller) {
      caller = std::move(value);
    } else if (macro.uses_kwargs) {
      put_entry(budget_, others, text(name), std::move(value));
    } else {
      fail_with("macro '" + macro.name + "' takes no argument '" + name + "'");
    }
  }
  if (words.positional.size() > direct && !macro.uses_varargs) {
    fail_with("macro '" + macro.name + "' takes not more than " + std::to_string(parameters.size()) +
              " arguments");
  }
  if (macro.uses_caller) scope_->set(caller_, std::move(caller));
  if (macro.uses_kwargs) scope_->set(kwargs_, dict(std::move(others)));
  if (macro.uses_varargs) {
    Values more(words.positional.begin() + std::ptrdiff_t(direct), words.positional.end());
    scope_->set(varargs_, list(std::move(more), ListKind::tuple));
  }
  for (const auto& [name, preset] : parameters) {
    if (scope_->find(name)) continue;
    scope_->set(name, preset == kNoNode
                          ? undefined("parameter '" + tree_.names[name] + "' was not provided")
                          : eval(preset));
  }
}

}  // namespace straddle::templates::jinja
