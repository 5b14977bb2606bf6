// What --verbose adds after an answer, before the lines of devices (device_report.h).
#pragma once
#include "conversation/conversation.h"

namespace straddle::cli {

struct Times {
  conversation::Duration total{0}, load{0};
};

// To standard error, with Ollama's labels; a line is left out when its value is 0.
void print_statistics(const conversation::Statistics& statistics, const Times& times);

// What an answer's end means for its reader: a full context, dropped turns. `larger`: what to type for a
// larger one.
void print_warnings(const conversation::Answer& answer, uint32_t context, const std::string& larger);

}  // namespace straddle::cli
