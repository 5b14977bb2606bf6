// Help texts, made from the tables of commands, flags and options.
#pragma once
#include <string>

#include "cli/request.h"
#include "options/options.h"

namespace straddle::cli {

std::string program_help();
std::string command_help(const Command& command);
std::string options_help();

// What an option does, what it takes, its default, and the variable that sets it too.
std::string option_help(const options::Row& row);

}  // namespace straddle::cli
