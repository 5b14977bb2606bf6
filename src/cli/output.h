// What the program says: results on standard output, warnings and errors on standard error.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::cli {

// To standard output, at once; nothing else writes there. False where no more can be written: what makes
// much of it may stop then. Nobody has to look: the first failure is kept, and becomes the program's.
bool say(std::string_view text);
// A line for a person: no word is broken where fd is a terminal that wraps.
std::string wrapped(const std::string& line, int fd);
// A line on standard error, behind "Warning: " or "Error: "; on a terminal it is wrapped.
void warn(const std::string& line);
void say_error(const Error& error);
void say_status(const std::string& line);  // how far work has come: a line on standard error
// Behind all that was said. A pipe that nobody reads any more is no failure.
Status finish_output();

}  // namespace straddle::cli
