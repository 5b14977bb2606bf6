// What devices did, as Chrome trace events (docs/measuring.md).
#pragma once
#include <functional>
#include <string_view>

#include "engine/engine.h"

namespace straddle::cli {

// One JSON object, line by line. A process for each device; microseconds since the first moment.
Status write_trace_json(const engine::Trace& trace,
                        const std::function<Status(std::string_view)>& write);

}  // namespace straddle::cli
