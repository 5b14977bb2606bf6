// What may be typed next on the command line. The completions of all shells ask for it (`straddle
// __complete WORDS`), so they know what the tables of commands, flags and options know.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "cli/choices.h"

namespace straddle::cli {

// The words behind "straddle", the last one as far as it has been typed. Empty: names of files.
std::vector<Choice> completions(std::span<const std::string> words);

// A line for each: the text, a tab and its help.
std::string completion_lines(std::span<const std::string> words);

}  // namespace straddle::cli
