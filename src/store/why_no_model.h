// What is said of a name that no model has.
#pragma once
#include "store/store.h"

namespace straddle::store {

// What lies there instead (a folder, a pipe, a link to nothing ...), and the name that was probably
// meant, among `models` and the files beside a path. problems: what list_models said.
Error why_no_model(const std::string& name, const std::vector<LocalModel>& models,
                   const std::vector<std::string>& problems);

}  // namespace straddle::store
