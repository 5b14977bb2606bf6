// Headers of known models and the machines of share/machines, for plans.
#pragma once
#include <optional>
#include <string>

#include "plan/plan.h"

namespace straddle::plan::testing {

struct Shape {
  gguf::File file;
  model::Blueprint blueprint;
};
// "llama3.3:70b", "Q4_K_M"; its first layers, or all.
Shape shape(const std::string& name, const std::string& recipe, std::optional<uint64_t> layers = {});
MachineProfile machine(const std::string& name);  // "ryzen-5600x-rx-7600-xt"

}  // namespace straddle::plan::testing
