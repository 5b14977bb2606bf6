// The order of the steps: a table. What runs is decided once per answer by the options; what a step
// needs is brought about before it.
#pragma once
#include <string_view>

#include "sample/steps.h"

namespace straddle::sample {

// One choice in the making, and the room that its steps need.
struct Choice {
  const options::Options& options;
  History history;
  double chance;  // of this position, for steps that draw
  double mu;      // mirostat's, in bits
  const Breakers& breakers;
  std::vector<uint32_t>& matches;  // [history], for DRY
  std::span<uint32_t> tallies;     // [vocabulary], 0 between steps
  Logits logits;
  Candidates in;
};

// Rows stand in this order of needs: logits by id are gone once there are candidates.
enum class Needs : uint8_t { logits, candidates, probabilities };

struct ChainStep {
  std::string_view name;
  Needs needs;
  bool (*on)(const options::Options& options);
  void (*apply)(Choice& choice);
};

std::span<const ChainStep> chain();

}  // namespace straddle::sample
