// JinjaTemplate: parsed once, rendered by an Interpreter of its own each time.
#include <new>
#include <optional>

#include "templates/jinja/interpreter.h"
#include "templates/jinja/parser.h"

namespace straddle::templates {
namespace {

using jinja::Interpreter;
using jinja::SyntaxTree;
using jinja::Value;

constexpr size_t kLongestSource = 1'000'000;  // bytes; the longest that models carry are 30 kB
constexpr uint32_t kDeepestData = 150;

// How each kind of Data becomes a Value.
struct ToValue {
  Interpreter& in;
  Origin origin;
  uint32_t depth;

  static Value of(Interpreter& in, const Data& data, uint32_t depth = 0) {
    if (depth > kDeepestData)
      fail_with("messages or tools nest deeper than " + std::to_string(kDeepestData));
    return std::visit(ToValue{in, data.origin, depth}, data.value);
  }

  Value operator()(Data::Nothing) const { return Value::none(origin); }
  Value operator()(bool is) const { return Value::boolean(is, origin); }
  Value operator()(int64_t is) const { return Value::integer(is, origin); }
  Value operator()(uint64_t is) const { return Value::integer(is, origin); }
  Value operator()(double is) const { return Value::real(is, origin); }
  Value operator()(std::string_view text) const { return in.text(text, origin); }
  Value operator()(const Data::Pieces& pieces) const {
    TextBuilder out(in.budget());
    for (const Data::Piece& piece : pieces) out.add(piece.text, piece.origin);
    return in.text(out);
  }
  Value operator()(const Data::List& list) const {
    jinja::Values items;
    for (const Data& item : list) items.push_back(of(in, item, depth + 1));
    return in.list(std::move(items), jinja::ListKind::list, origin);
  }
  Value operator()(const Data::Dict& dict) const {
    jinja::DictObject::Entries entries;
    for (const auto& [key, value] : dict)
      entries.emplace_back(in.text(key, origin), of(in, value, depth + 1));
    return in.dict(std::move(entries), origin);
  }
};

// Line 0: before the first statement.
std::string place(const SyntaxTree& tree, uint32_t line) {
  return line == 0 ? tree.name : tree.name + " line " + std::to_string(line);
}

}  // namespace

Result<JinjaTemplate> JinjaTemplate::parse(std::string source, std::string name) {
  auto tree = std::make_shared<SyntaxTree>();
  tree->source = std::move(source);
  tree->name = std::move(name);
  try {
    if (tree->source.size() > kLongestSource) throw Failure{"a template of more than 1 MB", 1};
    parse_into(*tree);
  } catch (const Failure& failure) {
    return fail(ErrorKind::bad_file, place(*tree, failure.line), failure.what);
  }
  JinjaTemplate out;
  out.tree_ = std::move(tree);
  return out;
}

Result<AttributedText> JinjaTemplate::render(std::span<const Data::Entry> variables,
                                             std::chrono::local_seconds now,
                                             const Limits& limits) const {
  std::optional<Interpreter> in;
  try {
    in.emplace(*tree_, limits, now);
    for (const auto& [name, value] : variables) in->set_variable(name, ToValue::of(*in, value));
    return in->run();
  } catch (const Failure& failure) {
    return fail(ErrorKind::bad_input, place(*tree_, in ? in->line() : 0), failure.what);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::no_memory, tree_->name, "no memory is left to render it");
  }
}

const std::string& JinjaTemplate::source() const { return tree_->source; }
const std::string& JinjaTemplate::name() const { return tree_->name; }

}  // namespace straddle::templates
