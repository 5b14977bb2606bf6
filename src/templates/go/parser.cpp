#include "templates/go/parser.h"

#include <map>
#include <string>
#include <string_view>

#include "templates/budget.h"
#include "templates/go/functions.h"
#include "templates/go/lexer.h"
#include "templates/go/literals.h"

namespace straddle::templates::go {
namespace {

constexpr uint32_t kDeepestNesting = 100;  // brackets or tags

class Parser {
 public:
  explicit Parser(SyntaxTree& tree) : tree_(tree), tokens_(tokens_of(tree.source)) { declare("$"); }

  void whole() {
    std::vector<NodeId> statements;
    while (!now().is(TokenKind::end)) {
      if (stands_tag("define")) {
        define();
      } else if (stands_tag("end") || stands_tag("else")) {
        fail_unexpected();
      } else {
        statements.push_back(statement());
      }
    }
    tree_.root = add(NodeKind::list, std::move(statements));
  }

 private:
  Level deeper() {
    if (depth_ >= kDeepestNesting)
      fail("brackets or tags nest deeper than " + std::to_string(kDeepestNesting));
    return Level(depth_);
  }

  // ---- tokens

  const Token& now() const { return tokens_[at_]; }
  const Token& behind(size_t count) const { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }
  void skip_space() { at_ += now().is(TokenKind::space); }
  Token take() {
    const Token token = now();
    if (!token.is(TokenKind::end)) ++at_;
    return token;
  }
  Token take_behind_space() {
    skip_space();
    return take();
  }
  bool take_symbol(std::string_view symbol) {
    skip_space();
    if (!now().is(TokenKind::symbol, symbol)) return false;
    ++at_;
    return true;
  }
  void expect_right() {
    skip_space();
    if (!now().is(TokenKind::right)) fail_unexpected();
    ++at_;
  }
  // {{ word
  bool stands_tag(std::string_view word) const {
    if (!now().is(TokenKind::left)) return false;
    return behind(behind(1).is(TokenKind::space) ? 2 : 1).is(TokenKind::keyword, word);
  }
  void take_tag() {
    ++at_;
    skip_space();
    ++at_;
  }

  [[noreturn]] void fail(std::string what) const { throw Failure{std::move(what), now().line}; }
  [[noreturn]] void fail_unexpected() const {
    if (now().is(TokenKind::end)) fail("the template ends where {{end}} is wanted");
    fail("unexpected " + (now().is(TokenKind::right) ? "end of the tag" : std::string(now().text)));
  }

  // What literals.h cannot read is in this line.
  template <class Read>
  auto reading(Read read) const {
    try {
      return read();
    } catch (Failure& failure) {
      failure.line = now().line;
      throw;
    }
  }

  // ---- nodes

  NodeId add(NodeKind kind, std::vector<uint32_t> kids = {}, uint32_t number = 0, uint32_t line = 0) {
    tree_.nodes.push_back({kind, false, line ? line : now().line, number, std::move(kids)});
    return NodeId(tree_.nodes.size() - 1);
  }
  NodeId add_literal(Literal literal) {
    tree_.literals.push_back(std::move(literal));
    return add(NodeKind::literal, {}, uint32_t(tree_.literals.size() - 1));
  }
  NameId intern(std::string_view name) {
    const auto [at, is_new] = names_.try_emplace(std::string(name), NameId(tree_.names.size()));
    if (is_new) tree_.names.emplace_back(name);
    return at->second;
  }

  // ---- variables: those that stand where the parser is

  NameId declare(std::string_view name) {
    const NameId id = intern(name);
    declared_.push_back(id);
    ++visible_[id];
    return id;
  }
  void forget_to(size_t count) {
    for (; declared_.size() > count; declared_.pop_back()) --visible_[declared_.back()];
  }

  // ---- statements

  NodeId statement() {
    if (now().is(TokenKind::text)) {
      tree_.texts.emplace_back(now().text);
      const NodeId text = add(NodeKind::text, {}, uint32_t(tree_.texts.size() - 1));
      ++at_;
      return text;
    }
    if (!now().is(TokenKind::left)) fail_unexpected();
    ++at_;
    skip_space();
    if (now().is(TokenKind::keyword) && now().text != "nil") return control();
    const uint32_t line = now().line;
    const NodeId shown = pipe(false, false);
    return add(NodeKind::action, {shown}, 0, line);
  }

  NodeId control() {
    const std::string_view word = now().text;
    if (word == "if") return branch(NodeKind::branch);
    if (word == "with") return branch(NodeKind::with);
    if (word == "range") return branch(NodeKind::range);
    if (word == "template") return invoke();
    if (word == "block") return block();
    if (word == "break") return loop_control(NodeKind::leave);
    if (word == "continue") return loop_control(NodeKind::again);
    fail_unexpected();
  }

  NodeId loop_control(NodeKind kind) {
    if (loops_ == 0) fail("{{" + std::string(now().text) + "}} outside of {{range}}");
    const NodeId out = add(kind);
    ++at_;
    expect_right();
    return out;
  }

  // Up to an {{else ...}} or {{end}}, which stays.
  NodeId body() {
    std::vector<NodeId> statements;
    while (!stands_tag("end") && !stands_tag("else")) {
      if (stands_tag("define")) fail("{{define}} within another tag");
      statements.push_back(statement());
    }
    return add(NodeKind::list, std::move(statements));
  }

  void take_end() {
    if (!stands_tag("end")) fail_unexpected();
    take_tag();
    expect_right();
  }

  NodeId branch(NodeKind kind) {
    const Level level = deeper();
    const uint32_t line = now().line;
    ++at_;
    const size_t outer = declared_.size();
    const NodeId condition = pipe(kind == NodeKind::range, false);
    loops_ += kind == NodeKind::range;
    const NodeId then = body();
    loops_ -= kind == NodeKind::range;
    const NodeId otherwise = stands_tag("else") ? else_of(kind) : kNoNode;
    if (otherwise == kNoNode) take_end();
    forget_to(outer);
    return add(kind, {condition, then, otherwise}, 0, line);
  }

  // {{else if}} and {{else with}} end with the {{end}} of the tag that they hold.
  NodeId else_of(NodeKind kind) {
    take_tag();
    skip_space();
    const bool again = (kind == NodeKind::branch && now().is(TokenKind::keyword, "if")) ||
                       (kind == NodeKind::with && now().is(TokenKind::keyword, "with"));
    if (again) {
      const NodeId inner = branch(kind);
      return add(NodeKind::list, {inner});
    }
    expect_right();
    const NodeId out = body();
    take_end();
    return out;
  }

  NameId template_name() {
    skip_space();
    if (!now().is(TokenKind::string) && !now().is(TokenKind::raw_string)) fail_unexpected();
    const NameId name = intern(reading([&] { return unquoted(now().text); }));
    ++at_;
    return name;
  }

  NodeId invoke() {
    const uint32_t line = now().line;
    ++at_;
    const NameId name = template_name();
    skip_space();
    NodeId given = kNoNode;
    if (now().is(TokenKind::right)) {
      ++at_;
    } else {
      given = pipe(false, false);
    }
    return add(NodeKind::invoke, {given}, name, line);
  }

  NodeId block() {
    const uint32_t line = now().line;
    ++at_;
    const NameId name = template_name();
    const NodeId given = pipe(false, false);
    definition(name);
    return add(NodeKind::invoke, {given}, name, line);
  }

  void define() {
    take_tag();
    const NameId name = template_name();
    expect_right();
    definition(name);
  }

  // A template of its own: it sees no variables but $, and no loop around.
  void definition(NameId name) {
    const Level level = deeper();
    std::vector<NameId> around;
    std::map<NameId, size_t> visible;
    around.swap(declared_);
    visible.swap(visible_);
    const uint32_t loops = std::exchange(loops_, 0);
    declare("$");
    const NodeId root = body();
    take_end();
    declared_.swap(around);
    visible_.swap(visible);
    loops_ = loops;
    keep(name, root);
  }

  bool is_empty(NodeId root) const {
    for (const NodeId id : tree_.nodes[root].kids) {
      const Node& node = tree_.nodes[id];
      if (node.kind != NodeKind::text) return false;
      if (tree_.texts[node.number].find_first_not_of(" \t\r\n\v\f") != std::string::npos) return false;
    }
    return true;
  }

  // Of two templates of one name, one must be empty.
  void keep(NameId name, NodeId root) {
    for (auto& known : tree_.definitions) {
      if (known.name != name) continue;
      if (is_empty(known.root)) {
        known.root = root;
      } else if (!is_empty(root)) {
        fail("a second template of the name \"" + tree_.names[name] + "\"");
      }
      return;
    }
    tree_.definitions.push_back({name, root});
  }

  // ---- expressions

  // Up to the end of the tag or the bracket, which is taken.
  NodeId pipe(bool of_range, bool in_bracket) {
    skip_space();
    const uint32_t line = now().line;
    bool assigns = false;
    std::vector<uint32_t> kids = declarations(of_range, assigns);
    const uint32_t names = uint32_t(kids.size());
    while (!ends_pipe(in_bracket)) kids.push_back(command());
    if (kids.size() == names) fail("a value is missing");
    need_callables(kids, names);
    ++at_;
    const NodeId out = add(NodeKind::pipe, std::move(kids), names, line);
    tree_.nodes[out].assigns = assigns;
    return out;
  }

  bool ends_pipe(bool in_bracket) {
    skip_space();
    return in_bracket ? now().is(TokenKind::symbol, ")") : now().is(TokenKind::right);
  }

  // $x :=, $x =, and $i, $x := of a range.
  std::vector<uint32_t> declarations(bool of_range, bool& assigns) {
    std::vector<uint32_t> names;
    while (now().is(TokenKind::variable)) {
      const Token& next = behind(behind(1).is(TokenKind::space) ? 2 : 1);
      const bool more = next.is(TokenKind::symbol, ",");
      if (!more && !next.is(TokenKind::symbol, "=") && !next.is(TokenKind::symbol, ":=")) break;
      names.push_back(declare(take().text));
      assigns = take_behind_space().text == "=";
      skip_space();
      if (!more) break;
      if (!of_range || names.size() > 1) fail("too many variables");
      if (!now().is(TokenKind::variable)) fail("a range can only set variables");
    }
    return names;
  }

  void need_callables(const std::vector<uint32_t>& kids, uint32_t names) const {
    for (size_t i = names + 1; i < kids.size(); ++i) {
      switch (tree_.nodes[tree_.nodes[kids[i]].kids[0]].kind) {
        case NodeKind::literal:
        case NodeKind::dot:
        case NodeKind::nil:
          fail("behind a | must stand something that can be called");
        default:
          break;
      }
    }
  }

  NodeId command() {
    const uint32_t line = now().line;
    std::vector<NodeId> operands;
    for (;;) {
      skip_space();
      if (!begins_operand()) break;
      operands.push_back(operand());
      if (!now().is(TokenKind::space)) break;
    }
    if (operands.empty()) fail_unexpected();
    if (!take_symbol("|") && !now().is(TokenKind::right) && !now().is(TokenKind::symbol, ")"))
      fail_unexpected();
    return add(NodeKind::command, std::move(operands), 0, line);
  }

  bool begins_operand() const {
    switch (now().kind) {
      case TokenKind::word:
      case TokenKind::field:
      case TokenKind::variable:
      case TokenKind::dot:
      case TokenKind::number:
      case TokenKind::character:
      case TokenKind::string:
      case TokenKind::raw_string:
        return true;
      case TokenKind::keyword:
        return now().text == "nil";
      default:
        return now().is(TokenKind::symbol, "(");
    }
  }

  // A term, and the fields of it: .A.B, $x.A, (pipe).A.
  NodeId operand() {
    const NodeId of = term();
    std::vector<uint32_t> names;
    while (now().is(TokenKind::field)) names.push_back(intern(take().text.substr(1)));
    if (names.empty()) return of;
    Node& node = tree_.nodes[of];
    if (node.kind == NodeKind::field || node.kind == NodeKind::variable) {
      node.kids.insert(node.kids.end(), names.begin(), names.end());
      return of;
    }
    if (node.kind != NodeKind::pipe && node.kind != NodeKind::function)
      fail("a . behind what has no fields");
    names.insert(names.begin(), of);
    return add(NodeKind::chain, std::move(names));
  }

  NodeId term() {
    const Token token = now();
    switch (token.kind) {
      case TokenKind::symbol:
        return bracket();
      case TokenKind::variable:
        return variable();
      case TokenKind::word:
        return word();
      default:
        break;
    }
    const NodeId out = simple_term(token);
    ++at_;
    return out;
  }

  NodeId bracket() {
    const Level level = deeper();
    ++at_;
    return pipe(false, true);
  }

  NodeId simple_term(const Token& token) {
    switch (token.kind) {
      case TokenKind::dot:
        return add(NodeKind::dot);
      case TokenKind::field:
        return add(NodeKind::field, {intern(token.text.substr(1))});
      case TokenKind::number: {
        const auto number = reading([&] { return number_of(token.text); });
        return std::visit([&](auto value) { return add_literal(value); }, number);
      }
      case TokenKind::character:
        return add_literal(reading([&] { return character_of(token.text); }));
      case TokenKind::keyword:
        return add(NodeKind::nil);
      default:
        return add_literal(reading([&] { return unquoted(token.text); }));
    }
  }

  NodeId variable() {
    const NameId name = intern(now().text);
    if (visible_[name] == 0) fail("undefined variable " + std::string(now().text));
    const NodeId out = add(NodeKind::variable, {name});
    ++at_;
    return out;
  }

  NodeId word() {
    const std::string_view word = now().text;
    if (word == "true" || word == "false") {
      const NodeId out = add_literal(word == "true");
      ++at_;
      return out;
    }
    const auto function = find_function(word);
    if (!function) fail("function \"" + std::string(word) + "\" not defined");
    const NodeId out = add(NodeKind::function, {}, *function);
    ++at_;
    return out;
  }

  SyntaxTree& tree_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  uint32_t depth_ = 0, loops_ = 0;
  std::map<std::string, NameId> names_;  // ordered: chosen names cannot make it slow
  std::vector<NameId> declared_;
  std::map<NameId, size_t> visible_;  // how often each is declared
};

}  // namespace

void parse_into(SyntaxTree& tree) { Parser(tree).whole(); }

}  // namespace straddle::templates::go
