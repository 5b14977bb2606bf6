// The man page, made from the tables of commands, flags, options and variables.
#pragma once
#include <string>

namespace straddle::cli {

std::string man_page();

}  // namespace straddle::cli
