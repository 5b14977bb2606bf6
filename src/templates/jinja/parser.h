// Tokens to a SyntaxTree: jinja2's grammar, by recursive descent with a bounded depth.
#pragma once
#include "templates/jinja/ast.h"
#include "templates/jinja/lexer.h"

namespace straddle::templates::jinja {

// Throws Failure with its line.
void parse_into(SyntaxTree& tree);

}  // namespace straddle::templates::jinja
