// Placements of a model over two devices, made from its list of parts.
#pragma once
#include <string>
#include <vector>

#include "model/model.h"

namespace straddle::testing {

struct NamedPlacement {
  std::string name;
  model::Placement placement;
  // Every part is cut where a segment of its sums ends, or not at all: no byte differs from one device.
  bool keeps_bytes = true;
};

// Whole parts on the second device: all of them, half of the layers.
std::vector<NamedPlacement> whole_parts(const model::Blueprint& blueprint);
// Each kind of part cut as near to the half as can be, by itself, and all of them. At a border, where
// there is one.
std::vector<NamedPlacement> cut_parts(const model::Blueprint& blueprint);
// Both.
std::vector<NamedPlacement> placements_of_two(const model::Blueprint& blueprint);

// The last of cut_parts: of each part the second device has half.
model::Placement half_of_everything(const model::Blueprint& blueprint);

// Whether devices that run these Programs come to their ends, however fast each is: what is sent is
// received, two values at most are on their way from one device to another, and none waits for ever.
bool all_is_received(const std::vector<model::DeviceProgram>& programs);

}  // namespace straddle::testing
