// Takes a model file of any kind the whole way: describe, forward, the check of the Program, and where
// it fits in little memory one Step and another on both devices.
#pragma once
#include <string>

#include "testing/sparse_model.h"

namespace straddle::testing {

struct Drive {
  std::string fault;  // what should not have happened; a file that is refused in a line is no fault
  bool described = false, ran = false;
};
Drive drive(const SparseModel& model);

}  // namespace straddle::testing
