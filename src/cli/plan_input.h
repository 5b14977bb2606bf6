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
  plan::Request request;
};

// words[0] is the model: a header is enough. Flags that make no sense are usage errors that name them.
Result<PlanInput> plan_input(const Request& request);

// The same for a model that is to be loaded on this machine. also_free: memory that will be free then.
Result<PlanInput> plan_input(const gguf::File& file, const Request& request,
                             const options::Options& options, const EngineNeeds& needs,
                             uint64_t also_free = 0);

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
