// What a model of a store sets for those who talk to it.
#pragma once
#include <string>
#include <vector>

#include "cli/settings.h"
#include "store/store.h"

namespace straddle::cli {

// Of a file that lies in no store all is empty.
struct ModelSettings {
  Settings settings = {};  // its system message and parameters; what a user sets stands above
  std::vector<conversation::Message> messages = {};  // said before the first turn, by two sides
  std::string go_template = {}, license = {};
};

// warnings: options that are unknown here, or have values that cannot be: they are left out.
ModelSettings settings_of_model(const store::FoundModel& model, std::vector<std::string>& warnings);

// "stop                           "<end>"", a line for each, as Ollama prints them.
std::string parameter_lines(const std::vector<store::ModelParameter>& parameters);

}  // namespace straddle::cli
