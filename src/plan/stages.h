// A model's parts become the stages that the search works on.
#pragma once
#include <vector>

#include "plan/problem.h"

namespace straddle::plan {

// The profile with the devices of the request alone, in its order. usage: a device that is not there,
// another home than the profile's, more than kMostDevices.
Result<MachineProfile> chosen_devices(const MachineProfile& profile, const Request& request);

// Of the largest Step.
model::StepSize step_size(const Request& request);

// What of the file and the request everything is counted by.
struct Model {
  const gguf::File& file;
  const model::Blueprint& blueprint;
  std::vector<model::Part> parts;
  std::vector<uint32_t> windows;       // of each cache
  std::vector<quant::Format> formats;  // of each tensor: the file's, or smaller ones on trial
  uint64_t scratch = 0;                // that a device needs for the values of a Step

  bool reads_as_table(uint32_t tensor) const;  // rows of it are looked up for tokens
};
Model make_model(const gguf::File& file, const model::Blueprint& blueprint, const Request& request);

// fill: of the context, for the time that keys and values take. Pins are not looked at.
// usage: a cap of a device that is not there.
Result<Problem> make_problem(const Model& model, const MachineProfile& profile, const Request& request,
                             double fill);

// Counts a stage's shares again, where its border was changed, or `table_at`.
void rebuild(const Model& model, const MachineProfile& profile, const Request& request, double fill,
             Stage& stage);

}  // namespace straddle::plan
