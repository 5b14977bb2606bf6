// From the words of a request to a model that is ready, with progress and warnings for a person.
#pragma once
#include "cli/placement.h"

namespace straddle::cli {

struct LoadedEngine {
  engine::Engine engine;
  Placed placed;
};
Result<LoadedEngine> load_engine(const gguf::File& file, const Request& request,
                                 const options::Options& options, const EngineNeeds& needs);

struct ChatModel {
  std::unique_ptr<conversation::LoadedModel> model;
  Placed placed;
};
// To talk to. warned: what was said of it before, and is not said again; takes what is said now.
// go_template: of its manifest (chat::ModelTexts::go_template).
Result<ChatModel> load_model(gguf::File file, const Request& request, const options::Options& options,
                             std::vector<std::string>& warned, const std::string& go_template);

// Whether there is memory for the same model with other options, once its own memory is given back.
Status check_fits(const conversation::LoadedModel& model, const Request& request,
                  const options::Options& options);

// True where keys or values were beyond float16, which is said. cure: what to type.
bool warn_if_clamped(const engine::Engine& engine, const std::string& cure);

}  // namespace straddle::cli
