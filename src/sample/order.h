// The one order of candidates, the same on every machine.
#pragma once
#include <algorithm>

#include "sample/steps.h"

namespace straddle::sample {

// Better logit first; the smaller id among equals.
inline bool better(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

// REQUIRES: at least one.
inline const Candidate& best(Candidates in) { return *std::min_element(in.begin(), in.end(), better); }

}  // namespace straddle::sample
