// How a user asks for thinking and for a form, by a flag or by a command of the chat.
#pragma once
#include <string_view>

#include "conversation/conversation.h"

namespace straddle::cli {

// level: true (or empty), false, or how much: low, medium, high, max. `where` is named in the error.
Status set_thinking(conversation::Ask& ask, std::string_view level, std::string_view where);
// Says it where a model would not heed what was asked.
void warn_if_thoughtless(const conversation::Conversation& conversation);
Status set_format(conversation::Ask& ask, std::string_view format, std::string_view where);

}  // namespace straddle::cli
