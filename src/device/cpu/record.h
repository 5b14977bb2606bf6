// Makes a machine ready to run one more Program; its number. After this a run allocates nothing.
#pragma once
#include "device/cpu/machine.h"

namespace straddle::device::cpu {

Result<uint32_t> record(Machine& machine, ops::Program program, const ops::OnPacked& on_packed);

}  // namespace straddle::device::cpu
