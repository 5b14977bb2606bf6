// The machine that a plan is made for.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/request.h"
#include "options/options.h"
#include "plan/plan.h"

namespace straddle::cli {

struct ChosenMachine {
  plan::MachineProfile profile;
  std::string note;  // a line for the user: where figures are guessed, and what to do; may be empty
  // Of this machine: the devices as engine::LoadOptions has them, home first, and what a Program takes
  // there (plan::Request::measure).
  std::vector<std::string> kinds = {};
  std::function<uint64_t(uint32_t device, const ops::Program&)> measure = {};
  // Of this machine, where it was measured: what a run of this model has shown since.
  std::function<std::vector<plan::Correction>(const gguf::File&)> corrections = {};
};

// --machine: a file, or a name in share/machines. Without it the devices of --device on this machine,
// with the memory that is free now: as they were measured, else guessed, which the note says.
// not_found: no such file or name; bad_input: the profile is wrong, the error names the key.
Result<ChosenMachine> chosen_machine(const Request& request, const options::Options& options);

// This machine. also_free: memory that will be free, beside what is.
Result<ChosenMachine> machine_here(const Request& request, const options::Options& options,
                                   uint64_t also_free = 0);

std::vector<std::string> known_machines();  // in share/machines, by name

}  // namespace straddle::cli
