// Makes a machine ready to run a Program; after this nothing is allocated.
#pragma once
#include "device/cpu/machine.h"

namespace straddle::device::cpu {

Status record(Machine& machine, ops::Program program, const ops::OnPacked& on_packed);

}  // namespace straddle::device::cpu
