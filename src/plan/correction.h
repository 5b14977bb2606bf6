// What a run has shown of a profile: how much longer its devices take for a token of a model than
// planned. Pure; any thread.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "plan/profile.h"

namespace straddle::plan {

struct Plan;

struct Correction {
  std::string device;
  double time = 1;  // of a token, measured / planned
  bool operator==(const Correction&) const = default;
};

// Of the devices that computed a tenth longer or shorter than the plan says. busy_ns: what each device
// of the profile that was planned by took for a token; 0: it takes no part.
std::vector<Correction> corrections(const Plan& planned, std::span<const double> busy_ns);

// The profile, in which all that these devices compute for a token takes so many times as long. What it
// does not have is passed over.
MachineProfile corrected(MachineProfile profile, std::span<const Correction> corrections);

// Both, one after the other.
std::vector<Correction> joined(std::vector<Correction> first, std::span<const Correction> second);

}  // namespace straddle::plan
