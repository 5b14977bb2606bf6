#include "device/cpu/machine.h"

namespace straddle::device::cpu {

Status pack(Machine&, Matrix&) { return {}; }

}  // namespace straddle::device::cpu
