// The machine that a plan is made for.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/request.h"
#include "plan/plan.h"

namespace straddle::cli {

struct ChosenMachine {
  plan::MachineProfile profile;
  std::string note;  // a line for the user: where figures are guessed, and what to do; may be empty
};

// --machine: a file, or a name in share/machines. Without it this machine, with the memory that is free
// now: as it was measured, else guessed, which the note says.
// not_found: no such file or name; bad_input: the profile is wrong, the error names the key.
Result<ChosenMachine> chosen_machine(const Request& request);

std::vector<std::string> known_machines();  // in share/machines, by name

}  // namespace straddle::cli
