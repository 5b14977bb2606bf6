// A plan summed up for people: what each kind of part has on each device, and what of its time a token
// waits for.
#pragma once
#include <cstdint>
#include <vector>

#include "cli/plan_input.h"

namespace straddle::cli {

struct PlanShare {
  model::PartKind kind = model::PartKind::embedding;
  uint32_t device = 0;
  uint64_t bytes = 0;     // of weights
  int64_t ns = 0;         // computing
  int64_t hidden_ns = 0;  // of these while another device takes longer
};

// By kind, then by device; what is 0 is left out.
std::vector<PlanShare> plan_shares(const PlanInput& input, const plan::Plan& plan);

// How many parts of this kind have units on more than one device.
uint32_t cut_parts(const PlanInput& input, const plan::Plan& plan, model::PartKind kind);

// Layers that are wholly on other devices than home; the output counts as one.
uint32_t offloaded_layers(const PlanInput& input, const plan::Plan& plan);

// Whether a token takes as long as the disk is read: all else is hidden then.
bool disk_rules(const plan::Plan& plan);

// What a token takes beside all that: the first block of the disk, or what other engines take more where
// two devices compute (MachineProfile::fixed_mixed_ms).
int64_t rest_ns(const plan::Plan& plan);
const char* rest_name(const plan::Plan& plan);

// What keys and values add to a token at the expected fill.
int64_t kv_ns(const plan::Plan& plan);

}  // namespace straddle::cli
