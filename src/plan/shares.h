// What units of a part take on a device: bytes of memory, bytes that a step reads, time.
#pragma once
#include "plan/stages.h"

namespace straddle::plan {

struct Counter {
  const Model& model;
  const MachineProfile& machine;
  const Request& request;
  double fill;  // of the context, read by attention
};

struct Units {
  uint32_t begin, end;
};

// whole: tensors that are not cut come with it.
Share share_of(const Counter& counter, const DeviceProfile& device, const Stage& stage, Units units,
               bool whole);

}  // namespace straddle::plan
