// What a plan is made of: a model's header, a machine, and what the flags ask. `plan` and `why` print
// it, and loading goes by it (placement.h).
#pragma once
#include <vector>

#include "cli/load_options.h"
#include "cli/machine_choice.h"
#include "gguf/gguf.h"
#include "model/model.h"
#include "plan/plan.h"

namespace straddle::cli {

struct PlanInput {
  std::string model;  // as typed
  gguf::File file;
  model::Blueprint blueprint;
  std::vector<model::Part> parts;  // of the blueprint; in the order of plan::Plan::parts
  ChosenMachine machine;
  std::vector<plan::Correction> corrections;  // in machine.profile already
  plan::Request request;
  plan::Leeway leeway = {};  // where it does not fit
  RequestFlags flags = {};
};

// words[0] is the model: a header is enough. Flags that make no sense are usage errors that name them.
Result<PlanInput> plan_input(const Request& request);

// What a plan is asked by the flags of a command that loads: its machine is this one.
Result<plan::Request> load_request(const Request& request, const options::Options& options,
                                   const EngineNeeds& needs);
// The same of a file that is open. model: its name in what is printed.
Result<PlanInput> plan_input(std::string model, gguf::File file, ChosenMachine machine,
                             plan::Request asked);

// Of all files of the model, also where the header alone is here.
uint64_t file_bytes(const gguf::File& file);

struct PlanResult {
  plan::Plan plan;
  std::vector<plan::Change> changes;
};

// Where the request does not fit (no_memory): the error's hint says what does, and how fast; --json
// prints it.
Result<PlanResult> make_plan(const PlanInput& input, bool json);
Result<plan::Plan> make_plan(const PlanInput& input);

}  // namespace straddle::cli
