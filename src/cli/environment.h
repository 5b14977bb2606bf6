// Variables of the environment.
#pragma once
#include <string>

namespace straddle::cli {

std::string environment(const char* name);  // empty where it is not set

// STRADDLE_name wins over OLLAMA_name; blanks and quotes around a value are cut.
std::string setting(const std::string& name);
bool is_on(const std::string& value);  // empty, 0, f and false are off

// "$XDG_DATA_HOME/straddle/" or, without it, "~/.local/share/straddle/"; empty where HOME is not set
// either.
std::string data_folder();
std::string state_folder();  // $XDG_STATE_HOME, ~/.local/state

}  // namespace straddle::cli
