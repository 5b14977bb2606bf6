// Help texts, made from the tables of commands, flags and options.
#pragma once
#include <string>

#include "cli/request.h"

namespace straddle::cli {

std::string program_help();
std::string command_help(const Command& command);
std::string options_help();

}  // namespace straddle::cli
