// Headers of known models and the machines of share/machines, for plans.
#pragma once
#include <string>

#include "plan/plan.h"

namespace straddle::plan::testing {

struct Shape {
  gguf::File file;
  model::Blueprint blueprint;
};
Shape shape(const std::string& name, const std::string& recipe);  // "llama3.3:70b", "Q4_K_M"
MachineProfile machine(const std::string& name);                  // "ryzen-5600x-rx-7600-xt"

}  // namespace straddle::plan::testing
