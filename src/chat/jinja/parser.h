// Tokens to a Program: jinja2's grammar, by recursive descent with a bounded depth.
#pragma once
#include "chat/jinja/ast.h"
#include "chat/jinja/lexer.h"

namespace straddle::chat {

// Throws Failure with its line.
void parse_into(Program& program);

}  // namespace straddle::chat
