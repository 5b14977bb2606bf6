// What the two halves of the parser share: expressions (parse_expression.cpp) and tags (parse_tag.cpp).
#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "templates/budget.h"
#include "templates/jinja/parser.h"

namespace straddle::templates::jinja {

class Parser {
 public:
  Parser(SyntaxTree& tree, std::vector<Token> tokens) : tree_(tree), tokens_(std::move(tokens)) {}
  NodeId whole();

 private:
  using Words = std::initializer_list<std::string_view>;

  Level deeper();  // of the parser's own recursion

  // Tokens.
  const Token& now() const { return tokens_[at_]; }
  const Token& behind() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take();
  bool take_op(std::string_view op);
  bool take_name(std::string_view name);
  void expect_op(std::string_view op);
  void expect(TokenKind kind, const char* what);
  std::string expect_name();
  bool stands_name(Words words) const;
  [[noreturn]] void fail(std::string what) const;
  [[noreturn]] void fail_unexpected() const;

  // Nodes.
  NodeId add(NodeKind kind, std::vector<NodeId> kids = {}, uint32_t name = 0, uint32_t number = 0);
  NodeId add_op(NodeKind kind, Operator op, std::vector<NodeId> kids);
  NodeId add_literal(Literal literal);
  NameId intern(std::string_view name);

  // Expressions, weakest binding first.
  NodeId expression();
  NodeId conditional();
  NodeId either();
  NodeId both();
  NodeId negation();
  NodeId comparison();
  NodeId sum();
  NodeId concat();
  NodeId product();
  NodeId power();
  NodeId unary(bool with_filters);
  NodeId primary();
  NodeId name();
  NodeId text();
  NodeId list();
  NodeId dict();
  NodeId postfix(NodeId of);
  NodeId call(NodeId of);
  NodeId attribute(NodeId of);
  NodeId subscript(NodeId of);
  NodeId subscript_part();
  NodeId filters_and_tests(NodeId of);
  NodeId filter(NodeId of);
  NodeId test(NodeId of);
  std::string dotted_name();
  void arguments(std::vector<NodeId>& kids);
  NodeId argument();
  // Items up to what ends a list of them; one item without a comma is itself, not a tuple.
  NodeId tuple(NodeId (Parser::*item)(), bool in_brackets = false);
  bool ends_tuple() const;

  // Tags.
  NodeId body(Words ends);
  NodeId body_to(std::string_view end);  // takes the end tag whole
  NodeId statement();
  NodeId print();
  NodeId print_tag();
  NodeId branch();
  NodeId loop();
  NodeId set();
  NodeId macro();
  NodeId call_block();
  NodeId filter_block();
  NodeId with();
  NodeId autoescape();
  NodeId generation();
  NodeId named_block();
  NodeId leave();
  NodeId again();
  NodeId missing();
  NodeId loop_control(NodeKind kind);
  NodeId target(bool may_be_space);
  NodeId target_name();
  NodeId finish_macro(std::string_view end);
  void parameters();
  void note_use(std::string_view name);

  SyntaxTree& tree_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  uint32_t depth_ = 0, loops_ = 0;
  std::map<std::string, NameId> names_;  // ordered: chosen names cannot make it slow
  std::vector<Macro> open_macros_;       // those whose body is being read
};

}  // namespace straddle::templates::jinja
