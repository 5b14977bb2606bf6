// Template source to tokens, with jinja2's rules of white space: trim_blocks and lstrip_blocks on.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

enum class TokenKind : uint8_t {
  data,
  block_begin,
  block_end,
  print_begin,
  print_end,
  name,
  text,
  integer,
  real,
  op,
  end
};

struct Token {
  TokenKind kind;
  uint32_t line;
  std::string text;  // data, text: what it says; name, op: as written; numbers: without underscores

  bool is(TokenKind k) const { return kind == k; }
  bool is_op(std::string_view word) const { return kind == TokenKind::op && text == word; }
  bool is_name(std::string_view word) const { return kind == TokenKind::name && text == word; }
};

// The last token is `end`. Throws Failure with its line.
std::vector<Token> tokens_of(std::string_view source);

}  // namespace straddle::templates::jinja
