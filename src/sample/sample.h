// Logits -> id: a chain of small steps over candidates. A sampler is one function and one row
// (chain.cpp).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "options/options.h"

namespace straddle::sample {

struct Candidate {
  int32_t id;
  float logit;
  float p;  // probability after softmax, where a step needs it
};

// A text's randomness: a number in [0, 1) per position, from the seed alone, so that a text repeats
// whatever was computed beside it.
double random_at(uint64_t seed, uint64_t position);

class Sampler {
 public:
  // Sizes everything for a vocabulary; choose() allocates nothing after that.
  Sampler(const options::Options& options, size_t vocabulary, uint64_t seed);

  // history: all tokens so far, prompt included. Greedy (temperature 0) takes the smallest id among
  // equals. NaN logits count as -infinity.
  int32_t choose(std::span<const float> logits, std::span<const int32_t> history);

 private:
  options::Options options_;
  uint64_t seed_;
  std::vector<Candidate> all_;
  std::vector<uint8_t> seen_;
};

}  // namespace straddle::sample
