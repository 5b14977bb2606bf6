// What `bench` has shown of a kept profile, by model: kept beside the profile's keys, in the same file,
// until the machine is measured again (docs/measuring.md).
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/machine.h"
#include "gguf/gguf.h"
#include "plan/plan.h"

namespace straddle::cli {

// Of the model in this file: its name and size tell it from others. None where none was kept, or what is
// kept makes no sense.
std::vector<plan::Correction> kept_corrections(const Machine& machine, const gguf::File& file);

// In place of what was kept of the model. Of 100 models; then the oldest goes. io: it cannot be written.
Status keep_corrections(const Machine& machine, const gguf::File& file,
                        const std::vector<plan::Correction>& corrections);

// "cpu takes 1.21 times as long, cpu1 0.85 times"
std::string correction_words(const std::vector<plan::Correction>& corrections);

}  // namespace straddle::cli
