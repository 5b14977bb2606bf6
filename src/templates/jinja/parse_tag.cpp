// The half of the parser that reads tags: {% if %}, {% for %}, {% macro %} ...
#include <array>

#include "templates/jinja/parser_state.h"

namespace straddle::templates::jinja {

void parse_into(SyntaxTree& tree) {
  Parser parser(tree, tokens_of(tree.source));
  tree.root = parser.whole();
}

NodeId Parser::whole() {
  const NodeId all = body({});
  if (!now().is(TokenKind::end)) fail_unexpected();
  return all;
}

// Statements up to a tag whose name is one of `ends`, whose "{%" is taken; or up to the end of all.
NodeId Parser::body(Words ends) {
  const Level level = deeper();
  std::vector<NodeId> kids;
  for (;;) {
    const Token token = take();
    if (token.is(TokenKind::end)) {
      if (ends.size() > 0)
        fail("'" + std::string(*(ends.end() - 1)) + "' is missing at the end of the template");
      return add(NodeKind::block, std::move(kids));
    }
    if (token.is(TokenKind::data)) {
      tree_.literals.push_back({token.text});
      kids.push_back(add(NodeKind::data, {}, 0, uint32_t(tree_.literals.size() - 1)));
    } else if (token.is(TokenKind::print_begin)) {
      kids.push_back(print());
      expect(TokenKind::print_end, "'}}'");
    } else {
      if (stands_name(ends)) return add(NodeKind::block, std::move(kids));
      kids.push_back(statement());
      expect(TokenKind::block_end, "'%}'");
    }
  }
}

NodeId Parser::body_to(std::string_view end) {
  const NodeId out = body({end});
  take();
  return out;
}

NodeId Parser::print() { return add(NodeKind::output, {tuple(&Parser::expression)}); }

// "{% print a, b %}": each for itself.
NodeId Parser::print_tag() {
  std::vector<NodeId> kids;
  do kids.push_back(expression());
  while (take_op(","));
  return add(NodeKind::output, std::move(kids));
}

// Each reads from behind the tag's name up to the last tag's "%}", which body() takes.
NodeId Parser::statement() {
  struct Tag {
    std::string_view name;
    NodeId (Parser::*read)();
  };
  static constexpr auto kTags = std::to_array<Tag>({
      {"if", &Parser::branch},
      {"for", &Parser::loop},
      {"set", &Parser::set},
      {"macro", &Parser::macro},
      {"call", &Parser::call_block},
      {"filter", &Parser::filter_block},
      {"with", &Parser::with},
      {"break", &Parser::leave},
      {"continue", &Parser::again},
      {"generation", &Parser::generation},
      {"block", &Parser::named_block},
      {"autoescape", &Parser::autoescape},
      {"print", &Parser::print_tag},
      {"include", &Parser::missing},
      {"import", &Parser::missing},
      {"from", &Parser::missing},
      {"extends", &Parser::missing},
  });
  if (!now().is(TokenKind::name)) fail("a tag's name is missing");
  for (const Tag& tag : kTags) {
    if (!now().is_name(tag.name)) continue;
    if (tag.read != &Parser::missing) take();
    return (this->*tag.read)();
  }
  fail("unknown tag '" + now().text + "'");
}

NodeId Parser::branch() {
  std::vector<NodeId> kids;
  std::string word;
  do {
    kids.push_back(tuple(&Parser::either));
    expect(TokenKind::block_end, "'%}'");
    kids.push_back(body({"elif", "else", "endif"}));
    word = take().text;
  } while (word == "elif");
  if (word == "else") {
    expect(TokenKind::block_end, "'%}'");
    kids.push_back(body_to("endif"));
  }
  return add(NodeKind::branch, std::move(kids));
}

NodeId Parser::loop() {
  const NodeId into = target(false);
  if (!take_name("in")) fail("'in' is missing in a for");
  const NodeId items = tuple(&Parser::either);
  const NodeId condition = take_name("if") ? expression() : kNoNode;
  const bool recursive = take_name("recursive");
  expect(TokenKind::block_end, "'%}'");
  ++loops_;
  const NodeId each = body({"else", "endfor"});
  --loops_;
  NodeId none = kNoNode;
  if (take().text == "else") {
    expect(TokenKind::block_end, "'%}'");
    none = body_to("endfor");
  }
  return add(NodeKind::loop, {into, items, condition, each, none}, 0, recursive ? 1 : 0);
}

NodeId Parser::leave() { return loop_control(NodeKind::leave); }
NodeId Parser::again() { return loop_control(NodeKind::again); }

NodeId Parser::loop_control(NodeKind kind) {
  if (loops_ == 0) fail("break or continue outside of a for");
  return add(kind);
}

NodeId Parser::set() {
  const NodeId into = target(true);
  if (take_op("=")) {
    const NodeId value = tuple(&Parser::expression);
    return add(NodeKind::assign, {into, value});
  }
  const NodeId filtered = now().is_op("|") ? filters_and_tests(add(NodeKind::captured)) : kNoNode;
  expect(TokenKind::block_end, "'%}'");
  const NodeId caught = body_to("endset");
  return add(NodeKind::catch_set, {into, caught, filtered});
}

// NAME, or NAME, (NAME, NAME) ...; or NAMESPACE.NAME where that may be.
NodeId Parser::target(bool may_be_space) {
  if (may_be_space && behind().is_op(".")) {
    const NameId space = intern(expect_name());
    take();
    return add(NodeKind::space_target, {}, space, intern(expect_name()));
  }
  return tuple(&Parser::target_name);
}

NodeId Parser::target_name() {
  if (take_op("(")) {
    const Level level = deeper();
    const NodeId inner = tuple(&Parser::target_name);
    expect_op(")");
    return inner;
  }
  if (stands_name({"true", "false", "none", "True", "False", "None"}))
    fail("cannot assign to '" + now().text + "'");
  return add(NodeKind::name, {}, intern(expect_name()));
}

NodeId Parser::macro() {
  const std::string name = expect_name();
  open_macros_.push_back({name, {}});
  parameters();
  const NodeId out = finish_macro("endmacro");
  tree_.nodes[out].name = intern(name);
  return out;
}

// A node `macro` of the one opened last, whose "%}", body and end tag follow.
NodeId Parser::finish_macro(std::string_view end) {
  expect(TokenKind::block_end, "'%}'");
  const uint32_t loops = std::exchange(loops_, 0);
  const NodeId read = body_to(end);
  loops_ = loops;
  Macro macro = std::move(open_macros_.back());
  open_macros_.pop_back();
  macro.body = read;
  tree_.macros.push_back(std::move(macro));
  return add(NodeKind::macro, {read}, 0, uint32_t(tree_.macros.size() - 1));
}

// "(a, b=1)" of the macro that was opened last.
void Parser::parameters() {
  expect_op("(");
  bool preset = false;
  while (!take_op(")")) {
    if (!open_macros_.back().parameters.empty()) expect_op(",");
    if (take_op(")")) return;
    const NameId name = tree_.nodes[target_name()].name;
    if (preset && !now().is_op("="))
      fail("a parameter without a default stands behind one with a default");
    preset = take_op("=");
    const NodeId value = preset ? expression() : kNoNode;
    open_macros_.back().parameters.push_back({name, value});
  }
}

// {% call(parameters) callee(...) %}: its body is the callee's caller().
NodeId Parser::call_block() {
  open_macros_.push_back({"caller", {}});
  if (now().is_op("(")) parameters();
  Macro own = std::move(open_macros_.back());
  open_macros_.pop_back();
  const NodeId call = expression();
  if (tree_.nodes[call].kind != NodeKind::call) fail("a call block needs a call");
  open_macros_.push_back(std::move(own));
  const NodeId caller = finish_macro("endcall");
  return add(NodeKind::call_block, {call}, 0, tree_.nodes[caller].number);
}

NodeId Parser::filter_block() {
  const NodeId first = filter(add(NodeKind::captured));
  const NodeId filtered = filters_and_tests(first);
  expect(TokenKind::block_end, "'%}'");
  const NodeId caught = body_to("endfilter");
  return add(NodeKind::catch_filter, {filtered, caught});
}

NodeId Parser::with() {
  std::vector<NodeId> kids;
  while (!now().is(TokenKind::block_end)) {
    if (!kids.empty()) expect_op(",");
    kids.push_back(target_name());
    expect_op("=");
    kids.push_back(expression());
  }
  take();
  kids.push_back(body_to("endwith"));
  return add(NodeKind::with, std::move(kids));
}

NodeId Parser::autoescape() {
  const NodeId condition = expression();
  expect(TokenKind::block_end, "'%}'");
  const NodeId inner = body_to("endautoescape");
  return add(NodeKind::escaping, {condition, inner});
}

// Models' hubs enclose in it what an assistant said; it prints what it holds.
NodeId Parser::generation() {
  expect(TokenKind::block_end, "'%}'");
  return add(NodeKind::scoped, {body_to("endgeneration")});
}

NodeId Parser::named_block() {
  const std::string name = expect_name();
  while (take_name("scoped") || take_name("required")) {
  }
  expect(TokenKind::block_end, "'%}'");
  const NodeId inner = body_to("endblock");
  take_name(name);
  return add(NodeKind::scoped, {inner});
}

NodeId Parser::missing() {
  const NameId tag = intern(take().text);
  while (!now().is(TokenKind::block_end) && !now().is(TokenKind::end)) take();
  return add(NodeKind::missing, {}, tag);
}

}  // namespace straddle::templates::jinja
