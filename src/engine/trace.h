// What the devices of Engines did, for whoever asks for it before he loads one (LoadOptions::trace).
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "model/model.h"
#include "ops/timeline.h"

namespace straddle::engine {

struct DeviceTrace {
  std::string name;
  std::vector<model::StageOps> stages;  // what Moment::what names of a stage
  ops::Timeline timeline;
};

// An Engine adds its devices, home first, when it is loaded, and writes to their timelines while it
// computes. What it wrote stays after its end. One thread at a time, and no reading while an Engine
// computes.
struct Trace {
  size_t moments = size_t(1) << 18;             // that each device has room for; the oldest give way
  std::deque<std::deque<DeviceTrace>> engines;  // in place: Engines point here
};

}  // namespace straddle::engine
