// --trace FILE.json: what the devices did while a command ran.
#pragma once
#include "cli/request.h"

namespace straddle::cli {

// The command, which may be asked to end; where a file is named, what its Engines did is written there
// at the end, however the command ends. io: it cannot be written, said before anything is loaded.
Status run_traced(const Command& command, Request request);

}  // namespace straddle::cli
