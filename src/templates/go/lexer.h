// Cuts the source of a Go template into tokens, and trims white space beside {{- and -}}.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace straddle::templates::go {

enum class TokenKind : uint8_t {
  text,      // outside of actions
  left,      // {{
  right,     // }}
  space,     // a run of it: .A .B is not .A.B
  word,      // true, false, the name of a function
  keyword,   // block, break, continue, define, else, end, if, nil, range, template, with
  field,     // .Name
  variable,  // $ or $name
  dot,
  number,
  character,   // 'a'
  string,      // "a"
  raw_string,  // `a`
  symbol,      // = := | ( ) and whatever else
  end,
};

struct Token {
  TokenKind kind;
  std::string_view text;  // of the source
  uint32_t line;

  bool is(TokenKind k) const { return kind == k; }
  bool is(TokenKind k, std::string_view t) const { return kind == k && text == t; }
};

// Throws a Failure with its line. The tokens refer to the source.
std::vector<Token> tokens_of(std::string_view source);

}  // namespace straddle::templates::go
