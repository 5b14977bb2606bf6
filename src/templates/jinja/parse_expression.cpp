// The half of the parser that reads expressions, and what both halves use.
#include <array>

#include "templates/jinja/numbers.h"
#include "templates/jinja/parser_state.h"

namespace straddle::templates::jinja {
namespace {

constexpr uint32_t kDeepest = 100;  // brackets within brackets, tags within tags
constexpr uint16_t kHighest = 250;  // of a tree of nodes: 'a' + 'b' + 'c' ..., x|f|f|f ...

struct OpWord {
  std::string_view word;
  Operator op;
};
constexpr auto kSums = std::to_array<OpWord>({{"+", Operator::add}, {"-", Operator::subtract}});
constexpr auto kProducts = std::to_array<OpWord>({{"*", Operator::multiply},
                                                  {"/", Operator::divide},
                                                  {"//", Operator::floor_divide},
                                                  {"%", Operator::modulo}});
constexpr auto kComparisons = std::to_array<OpWord>({{"==", Operator::eq},
                                                     {"!=", Operator::ne},
                                                     {"<", Operator::lt},
                                                     {"<=", Operator::le},
                                                     {">", Operator::gt},
                                                     {">=", Operator::ge}});

template <size_t N>
const OpWord* find_op(const std::array<OpWord, N>& ops, const Token& token) {
  for (const OpWord& row : ops) {
    if (token.is_op(row.word)) return &row;
  }
  return nullptr;
}

}  // namespace

// ---- tokens and nodes

Level Parser::deeper() {
  if (depth_ >= kDeepest) fail("nested too deeply");
  return Level(depth_);
}

void Parser::fail(std::string what) const { throw Failure{std::move(what), now().line}; }

void Parser::fail_unexpected() const {
  if (now().is(TokenKind::end)) fail("the template ends in the middle of a tag");
  if (now().is(TokenKind::print_end) || now().is(TokenKind::block_end)) fail("an expression is missing");
  fail("unexpected '" + now().text + "'");
}

Token Parser::take() { return now().is(TokenKind::end) ? now() : std::move(tokens_[at_++]); }

bool Parser::take_op(std::string_view op) {
  if (!now().is_op(op)) return false;
  ++at_;
  return true;
}

bool Parser::take_name(std::string_view word) {
  if (!now().is_name(word)) return false;
  ++at_;
  return true;
}

void Parser::expect_op(std::string_view op) {
  if (!take_op(op))
    fail("'" + std::string(op) + "' is missing" +
         (now().text.empty() ? "" : " before '" + now().text + "'"));
}

void Parser::expect(TokenKind kind, const char* what) {
  if (!now().is(kind))
    fail(std::string(what) + " is missing" + (now().text.empty() ? "" : " before '" + now().text + "'"));
  ++at_;
}

std::string Parser::expect_name() {
  if (!now().is(TokenKind::name)) fail_unexpected();
  return take().text;
}

bool Parser::stands_name(Words words) const {
  for (std::string_view word : words) {
    if (now().is_name(word)) return true;
  }
  return false;
}

NodeId Parser::add(NodeKind kind, std::vector<NodeId> kids, uint32_t name, uint32_t number) {
  Node node{kind};
  node.line = now().line;
  node.name = name;
  node.number = number;
  for (const NodeId kid : kids) {
    if (kid != kNoNode) node.height = std::max(node.height, tree_.nodes[kid].height);
  }
  if (++node.height > kHighest) fail("nested too deeply");
  node.kids = std::move(kids);
  tree_.nodes.push_back(std::move(node));
  return NodeId(tree_.nodes.size() - 1);
}

NodeId Parser::add_op(NodeKind kind, Operator op, std::vector<NodeId> kids) {
  const NodeId id = add(kind, std::move(kids));
  tree_.nodes[id].op = op;
  return id;
}

NodeId Parser::add_literal(Literal literal) {
  tree_.literals.push_back(std::move(literal));
  return add(NodeKind::literal, {}, 0, uint32_t(tree_.literals.size() - 1));
}

NameId Parser::intern(std::string_view name) {
  const auto [found, is_new] = names_.try_emplace(std::string(name), NameId(tree_.names.size()));
  if (is_new) tree_.names.emplace_back(name);
  return found->second;
}

// ---- operators

NodeId Parser::expression() { return conditional(); }

NodeId Parser::conditional() {
  const Level level = deeper();
  NodeId value = either();
  while (take_name("if")) {
    const NodeId condition = either();
    const NodeId otherwise = take_name("else") ? conditional() : kNoNode;
    value = add(NodeKind::conditional, {condition, value, otherwise});
  }
  return value;
}

NodeId Parser::either() {
  NodeId left = both();
  while (take_name("or")) left = add(NodeKind::either, {left, both()});
  return left;
}

NodeId Parser::both() {
  NodeId left = negation();
  while (take_name("and")) left = add(NodeKind::both, {left, negation()});
  return left;
}

NodeId Parser::negation() {
  if (!take_name("not")) return comparison();
  const Level level = deeper();
  return add(NodeKind::negation, {negation()});
}

NodeId Parser::comparison() {
  const NodeId first = sum();
  std::vector<NodeId> kids = {first};
  for (;;) {
    if (const OpWord* row = find_op(kComparisons, now())) {
      take();
      kids.push_back(add_op(NodeKind::comparison, row->op, {sum()}));
    } else if (take_name("in")) {
      kids.push_back(add_op(NodeKind::comparison, Operator::in, {sum()}));
    } else if (now().is_name("not") && behind().is_name("in")) {
      at_ += 2;
      kids.push_back(add_op(NodeKind::comparison, Operator::not_in, {sum()}));
    } else {
      return kids.size() == 1 ? first : add(NodeKind::compare, std::move(kids));
    }
  }
}

NodeId Parser::sum() {
  NodeId left = concat();
  while (const OpWord* row = find_op(kSums, now())) {
    take();
    left = add_op(NodeKind::binary, row->op, {left, concat()});
  }
  return left;
}

NodeId Parser::concat() {
  std::vector<NodeId> parts = {product()};
  while (take_op("~")) parts.push_back(product());
  return parts.size() == 1 ? parts[0] : add(NodeKind::concat, std::move(parts));
}

NodeId Parser::product() {
  NodeId left = power();
  while (const OpWord* row = find_op(kProducts, now())) {
    take();
    left = add_op(NodeKind::binary, row->op, {left, power()});
  }
  return left;
}

NodeId Parser::power() {
  NodeId left = unary(true);
  while (take_op("**")) left = add_op(NodeKind::binary, Operator::power, {left, unary(true)});
  return left;
}

NodeId Parser::unary(bool with_filters) {
  NodeId out;
  if (now().is_op("-") || now().is_op("+")) {
    const Level level = deeper();
    const bool minus = take().text == "-";
    out = add(minus ? NodeKind::negative : NodeKind::positive, {unary(false)});
  } else {
    out = primary();
  }
  out = postfix(out);
  return with_filters ? filters_and_tests(out) : out;
}

// ---- what stands by itself

NodeId Parser::primary() {
  switch (now().kind) {
    case TokenKind::name:
      return name();
    case TokenKind::text:
      return text();
    case TokenKind::integer: {
      const auto number = read_integer(now().text, 0);
      if (!number) fail(now().text + " does not fit in 128 bits");
      take();
      return add_literal({*number});
    }
    case TokenKind::real:
      return add_literal({read_real(take().text).value_or(0)});
    default:
      break;
  }
  if (take_op("(")) {
    const NodeId inner = tuple(&Parser::expression, true);
    expect_op(")");
    return inner;
  }
  if (take_op("[")) return list();
  if (take_op("{")) return dict();
  fail_unexpected();
}

NodeId Parser::name() {
  const std::string word = take().text;
  if (word == "true" || word == "True") return add_literal({true});
  if (word == "false" || word == "False") return add_literal({false});
  if (word == "none" || word == "None") return add_literal({});
  note_use(word);
  return add(NodeKind::name, {}, intern(word));
}

// A macro gets varargs, kwargs and caller only where its body names them.
void Parser::note_use(std::string_view word) {
  for (Macro& macro : open_macros_) {
    macro.uses_varargs |= word == "varargs";
    macro.uses_kwargs |= word == "kwargs";
    macro.uses_caller |= word == "caller";
  }
}

NodeId Parser::text() {
  std::string out = take().text;
  while (now().is(TokenKind::text)) out += take().text;
  return add_literal({std::move(out)});
}

NodeId Parser::list() {
  std::vector<NodeId> items;
  while (!take_op("]")) {
    if (!items.empty()) expect_op(",");
    if (take_op("]")) break;
    items.push_back(expression());
  }
  return add(NodeKind::list, std::move(items));
}

NodeId Parser::dict() {
  std::vector<NodeId> kids;
  while (!take_op("}")) {
    if (!kids.empty()) expect_op(",");
    if (take_op("}")) break;
    kids.push_back(expression());
    expect_op(":");
    kids.push_back(expression());
  }
  return add(NodeKind::dict, std::move(kids));
}

bool Parser::ends_tuple() const {
  return now().is(TokenKind::print_end) || now().is(TokenKind::block_end) || now().is_op(")") ||
         now().is_name("in");
}

NodeId Parser::tuple(NodeId (Parser::*item)(), bool in_brackets) {
  std::vector<NodeId> items;
  bool comma = false;
  while (!ends_tuple()) {
    items.push_back((this->*item)());
    if (!take_op(",")) {
      if (!comma) return items[0];
      break;
    }
    comma = true;
  }
  if (items.empty() && !in_brackets) fail_unexpected();
  return add(NodeKind::tuple, std::move(items));
}

// ---- what stands behind

NodeId Parser::postfix(NodeId of) {
  for (;;) {
    if (take_op(".")) {
      of = attribute(of);
    } else if (take_op("[")) {
      of = subscript(of);
    } else if (now().is_op("(")) {
      of = call(of);
    } else {
      return of;
    }
  }
}

NodeId Parser::call(NodeId of) {
  std::vector<NodeId> kids = {of};
  arguments(kids);
  return add(NodeKind::call, std::move(kids));
}

NodeId Parser::attribute(NodeId of) {
  if (now().is(TokenKind::name)) return add(NodeKind::attribute, {of}, intern(take().text));
  if (!now().is(TokenKind::integer)) fail_unexpected();
  const NodeId index = primary();
  return add(NodeKind::item, {of, index});
}

NodeId Parser::subscript(NodeId of) {
  std::vector<NodeId> parts;
  bool comma = false;
  while (!take_op("]")) {
    if (!parts.empty()) {
      expect_op(",");
      comma = true;
      if (take_op("]")) break;
    }
    parts.push_back(subscript_part());
  }
  if (parts.empty()) fail("a subscript is missing");
  const NodeId key = comma ? add(NodeKind::tuple, std::move(parts)) : parts[0];
  return add(NodeKind::item, {of, key});
}

NodeId Parser::subscript_part() {
  std::vector<NodeId> parts(3, kNoNode);
  size_t part = 0;
  while (!now().is_op("]") && !now().is_op(",")) {
    if (take_op(":")) {
      if (++part > 2) fail("a slice has three parts");
    } else {
      if (parts[part] != kNoNode) fail_unexpected();
      parts[part] = expression();
    }
  }
  if (part == 0 && parts[0] == kNoNode) fail_unexpected();
  return part == 0 ? parts[0] : add(NodeKind::slice, std::move(parts));
}

NodeId Parser::filters_and_tests(NodeId of) {
  for (;;) {
    if (take_op("|")) {
      of = filter(of);
    } else if (take_name("is")) {
      of = test(of);
    } else if (now().is_op("(")) {
      of = call(of);
    } else {
      return of;
    }
  }
}

std::string Parser::dotted_name() {
  std::string out = expect_name();
  while (take_op(".")) out += "." + expect_name();
  return out;
}

NodeId Parser::filter(NodeId of) {
  const NameId name = intern(dotted_name());
  std::vector<NodeId> kids = {of};
  if (now().is_op("(")) arguments(kids);
  return add(NodeKind::filter, std::move(kids), name);
}

NodeId Parser::test(NodeId of) {
  const bool negated = take_name("not");
  const NameId name = intern(dotted_name());
  std::vector<NodeId> kids = {of};
  const bool argument = now().is(TokenKind::name) || now().is(TokenKind::text) ||
                        now().is(TokenKind::integer) || now().is(TokenKind::real) || now().is_op("[") ||
                        now().is_op("{");
  if (now().is_op("(")) {
    arguments(kids);
  } else if (argument && !stands_name({"else", "or", "and"})) {
    if (now().is_name("is")) fail("one test cannot follow another");
    const NodeId word = primary();
    kids.push_back(postfix(word));
  }
  const NodeId out = add(NodeKind::test, std::move(kids), name);
  return negated ? add(NodeKind::negation, {out}) : out;
}

void Parser::arguments(std::vector<NodeId>& kids) {
  expect_op("(");
  bool first = true, named = false;
  while (!take_op(")")) {
    if (!first) expect_op(",");
    if (take_op(")")) return;
    first = false;
    kids.push_back(argument());
    const NodeKind kind = tree_.nodes[kids.back()].kind;
    const bool is_named = kind == NodeKind::named || kind == NodeKind::star_star;
    if (named && !is_named) fail("an argument without a name stands behind one with a name");
    named |= is_named;
  }
}

NodeId Parser::argument() {
  if (take_op("**")) return add(NodeKind::star_star, {expression()});
  if (take_op("*")) return add(NodeKind::star, {expression()});
  if (!now().is(TokenKind::name) || !behind().is_op("=")) return expression();
  const NameId name = intern(take().text);
  take();
  const NodeId value = expression();
  return add(NodeKind::named, {value}, name);
}

}  // namespace straddle::templates::jinja
