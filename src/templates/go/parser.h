#pragma once
#include "templates/go/ast.h"

namespace straddle::templates::go {

// Fills the tree from its source. Throws a Failure with its line.
void parse_into(SyntaxTree& tree);

}  // namespace straddle::templates::go
