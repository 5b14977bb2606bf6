// GoTemplate: parsed once, rendered by an Interpreter of its own each time.
#include <new>
#include <optional>

#include "templates/go/interpreter.h"
#include "templates/go/parser.h"

namespace straddle::templates {
namespace {

using go::Interpreter;
using go::SyntaxTree;

constexpr size_t kLongestSource = 1'000'000;  // bytes; the longest that models carry are 10 kB

// Line 0: before the first statement.
std::string place(const SyntaxTree& tree, uint32_t line) {
  return line == 0 ? tree.name : tree.name + " line " + std::to_string(line);
}

}  // namespace

Result<GoTemplate> GoTemplate::parse(std::string source, std::string name) {
  auto tree = std::make_shared<SyntaxTree>();
  tree->source = std::move(source);
  tree->name = std::move(name);
  try {
    if (tree->source.size() > kLongestSource) throw Failure{"a template of more than 1 MB", 1};
    go::parse_into(*tree);
  } catch (const Failure& failure) {
    return fail(ErrorKind::bad_file, place(*tree, failure.line), failure.what);
  }
  GoTemplate out;
  out.tree_ = std::move(tree);
  return out;
}

bool GoTemplate::mentions(std::string_view name) const { return go::mentions(*tree_, name); }

GoTemplate GoTemplate::ending_at(std::string_view field) const {
  auto tree = std::make_shared<SyntaxTree>(*tree_);
  go::end_at_field(*tree, field);
  GoTemplate out;
  out.tree_ = std::move(tree);
  return out;
}

const std::string& GoTemplate::source() const { return tree_->source; }
const std::string& GoTemplate::name() const { return tree_->name; }

Result<AttributedText> render(std::span<const GoPass> passes, std::chrono::local_seconds now,
                              const Limits& limits) {
  Budget budget(limits);
  TextBuilder out(budget);
  for (const auto& [run, dot] : passes) {
    Interpreter in(*run.tree_, out, now);
    try {
      in.run(go::value_of(budget, dot));
    } catch (const Failure& failure) {
      return fail(ErrorKind::bad_input, place(*run.tree_, in.line()), failure.what);
    } catch (const std::bad_alloc&) {
      return fail(ErrorKind::no_memory, run.name(), "no memory is left to render it");
    }
  }
  return out.take();
}

}  // namespace straddle::templates
