// Runs a SyntaxTree once. Values in, text with provenance out; whatever goes wrong is a Failure.
#pragma once
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "templates/go/ast.h"
#include "templates/go/functions.h"
#include "templates/go/value.h"

namespace straddle::templates::go {

class Interpreter {
 public:
  Interpreter(const SyntaxTree& tree, TextBuilder& out, std::chrono::local_seconds now)
      : tree_(tree), out_(out), budget_(out.budget()), now_(now) {}

  void run(const Value& dot);
  uint32_t line() const { return line_; }  // where it stands; 0: nowhere yet

 private:
  enum class Flow { on, leave, again };

  // Statements (execute.cpp).
  Flow execute(NodeId id, const Value& dot);
  Flow execute_list(const Node& list, const Value& dot);
  Flow branch(const Node& node, const Value& dot);
  Flow range(const Node& node, const Value& dot);
  bool range_over(const Node& node, const Value& over, Flow& flow);
  Flow range_step(const Node& node, const Value& index, const Value& item);
  void invoke(const Node& node, const Value& dot);
  void show(const Value& value);
  NodeId template_root(NameId name) const;

  // Expressions (evaluate.cpp). last: what stands before the |, the last argument.
  using Last = std::optional<Value>;
  Value pipe(NodeId id, const Value& dot);
  Value command(const Node& node, const Value& dot, const Last& last);
  Value operand(NodeId id, const Value& dot);
  Value literal(const Node& node) const;
  Value call_function(const Node& node, std::span<const NodeId> words, const Value& dot,
                      const Last& last);
  Value first_of(const Function& function, std::span<const NodeId> words, const Value& dot,
                 const Last& last);
  Value fields(Value of, std::span<const uint32_t> names);
  Value field(const Value& of, NameId name);

  // Variables: a stack; what an {{if}}, {{with}} or {{range}} sets is gone behind its {{end}}.
  Value& variable(NameId name);
  void forget_to(size_t count) { variables_.resize(count, {0, Value()}); }

  const SyntaxTree& tree_;
  TextBuilder& out_;
  Budget& budget_;
  std::chrono::local_seconds now_;
  std::vector<std::pair<NameId, Value>> variables_;
  size_t frame_ = 0;  // where those of the running template begin
  uint32_t line_ = 0;
};

}  // namespace straddle::templates::go
