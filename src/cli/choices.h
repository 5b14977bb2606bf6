// What may stand in place of the words that help shows: MODEL, TYPE, f16|f32.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/request.h"

namespace straddle::cli {

struct Choice {
  std::string text, help;
  bool any_case = false;  // small letters do as well
};

// What fits where help shows `shown`. A word in small letters stands for itself, one in capitals for
// models, sessions or types; a|b is a choice. Empty: anything, or the name of a file.
std::vector<Choice> choices(std::string_view shown);

// The choices of an option, as help would show them: "f16|f32"; empty where it takes any value.
std::string choices_of_option(std::string_view name);

// What help lists behind the flags of a command, such as the types of `quantize`.
struct Listing {
  std::string_view title;
  std::vector<Choice> choices;
};
std::vector<Listing> listings(const Command& command);

std::vector<std::string_view> split(std::string_view text, char at);

}  // namespace straddle::cli
