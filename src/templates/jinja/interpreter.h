// Runs a SyntaxTree once. Values in, text with provenance out; whatever goes wrong is a Failure.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "templates/jinja/ast.h"
#include "templates/jinja/library.h"
#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

// Names and their values; what is not here stands in the scopes around.
struct Scope : Object {
  Scope(Heap& owner, Ref<Scope> around) : Object(owner, sizeof(Scope)), parent(std::move(around)) {}
  void let_go() override;
  const Value* find(NameId name) const;  // here only
  void set(NameId name, Value value);
  void clear();

  Ref<Scope> parent;
  std::vector<std::pair<NameId, Value>> entries;
};

// A row of the library, with what it is a method of; or a macro, with the scope that it was made in.
struct CallableObject : Object {
  CallableObject(Heap& owner, const Row* function, Value self)
      : Object(owner, sizeof(CallableObject)), row(function), receiver(std::move(self)) {}
  CallableObject(Heap& owner, const Macro* is, Ref<Scope> around)
      : Object(owner, sizeof(CallableObject)), macro(is), scope(std::move(around)) {}
  void let_go() override;

  const Row* row = nullptr;
  Value receiver;
  const Macro* macro = nullptr;
  Ref<Scope> scope;
};

// The variable `loop`.
struct LoopObject : Object {
  LoopObject(Heap& owner, Ref<ListObject> over, uint32_t level)
      : Object(owner, sizeof(LoopObject)), items(std::move(over)), depth(level) {}
  void let_go() override;

  Ref<ListObject> items;
  size_t index = 0;        // from 0
  uint32_t depth;          // from 1
  Value seen;              // the words of the last loop.changed(); undefined before
  NodeId again = kNoNode;  // a recursive loop, and the scope around it
  Ref<Scope> around;
};

class Interpreter {
 public:
  Interpreter(const SyntaxTree& tree, const Limits& limits, std::chrono::local_seconds now);

  void set_variable(std::string_view name, Value value);  // of the template's outermost scope
  AttributedText run();
  uint32_t line() const { return line_; }

  // ---- what the library works with

  Budget& budget() { return budget_; }
  Heap& heap() { return heap_; }
  std::chrono::local_seconds now() const { return now_; }

  Value text(std::string_view bytes, Origin origin = Origin::own);
  Value text(TextBuilder& made, bool is_markup = false);
  Value piece(const AttributedText& text, size_t begin, size_t end);
  Value list(Values items, ListKind kind = ListKind::list, Origin origin = Origin::own);
  Value view(Values items, std::string_view name, Origin origin);
  Value dict(DictObject::Entries entries, Origin origin = Origin::own);
  Value undefined(std::string why);
  Value printed(const Value& value);  // str(value)

  Ref<ListObject> walk(const Value& value);  // what a for would walk over; uses a generator up
  Value attribute(const Value& of, std::string_view name);  // of.name
  Value item(const Value& of, const Value& key);            // of[key]
  Value call(const Value& callee, Arguments words);
  Value filter(std::string_view name, const Value& subject, Arguments words);
  bool test(std::string_view name, const Value& subject, Arguments words);

 private:
  enum class Flow { on, leave, again };

  // Expressions (evaluate.cpp).
  Value eval(NodeId id);
  Value eval_name(const Node& node);
  Value eval_list(const Node& node, ListKind kind);
  Value eval_dict(const Node& node);
  Value eval_item(const Node& node);
  Value eval_concat(const Node& node);
  Value eval_compare(const Node& node);
  Value eval_call(const Node& node);
  Value eval_conditional(const Node& node);
  Arguments eval_arguments(const Node& node);
  Value slice(const Value& of, const Node& bounds);

  // Statements (execute.cpp).
  Flow execute(NodeId id);
  Flow execute_all(const Node& node);
  Flow branch(const Node& node);
  Flow loop(NodeId id);
  Flow with(const Node& node);
  Flow in_scope(NodeId body);
  void output(const Node& node);
  void catch_set(const Node& node);
  void catch_filter(const Node& node);
  void call_block(const Node& node);
  void put_out(const Value& value);
  void assign(const Node& target, Value value);
  void run_loop(NodeId id, Ref<ListObject> items, uint32_t depth);
  Ref<ListObject> kept_items(const Node& node, const Ref<ListObject>& items);
  Ref<Scope> fresh_scope(Ref<Scope> old);
  Value catch_output(NodeId body);

  Value call_macro(const CallableObject& callee, Arguments words);
  void bind_macro(const Macro& macro, Arguments words);
  Value call_loop(LoopObject& loop, Arguments words);
  Value make_macro(uint32_t index);

  const SyntaxTree& tree_;
  Budget budget_;
  Heap heap_;  // before all that refers into it
  std::chrono::local_seconds now_;
  Values literals_;
  Ref<Scope> scope_;
  TextBuilder* out_ = nullptr;
  Value captured_;
  bool escaping_ = false;
  uint32_t line_ = 0;
  NameId loop_name_, caller_, varargs_, kwargs_;  // kNoNode where the template never says them
};

}  // namespace straddle::templates::jinja
