// Variables of the environment. What is ours (STRADDLE_) or Ollama's (OLLAMA_) is read without the
// blanks and quotation marks around its value, as Ollama reads it.
#pragma once
#include <string>

namespace straddle {

std::string environment(const std::string& name);         // empty where it is not set
std::string straddle_or_ollama(const std::string& name);  // STRADDLE_name, else OLLAMA_name

}  // namespace straddle
