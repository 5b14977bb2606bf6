// From a registry into the store, for a person who waits.
#pragma once
#include "cli/request.h"
#include "store/store.h"

namespace straddle::cli {

// With progress; Ctrl-C ends it cleanly, and the next one goes on from there.
Status pull_with_progress(const std::string& name, bool insecure);

// Of a name that find_model did not find: pulls it where it may be the name of a model in a registry.
// `why` is what find_model said; where pulling does not help either, it says both.
Status pull_absent(const std::string& name, bool insecure, const Error& why);

}  // namespace straddle::cli
