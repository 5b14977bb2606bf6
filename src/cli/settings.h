// What a person sets in a chat: by flags, by /set, or in a session that was saved.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/request.h"
#include "conversation/conversation.h"
#include "options/options.h"

namespace straddle::cli {

using Parameters = std::vector<std::pair<std::string, std::string>>;  // name and value

struct Settings {
  std::optional<std::string> system, format, think;  // none: nothing was said of it
  Parameters parameters = {};                        // as set, in order; options that are lists repeat
};

// What flags say (--system, --format, --think, --set, --ctx, --threads, --kv).
Result<Settings> settings_of(const Request& request);

// In place of what the option was before; no values: as if it had never been set.
void set_parameter(Settings& settings, std::string_view name, const std::vector<std::string>& values);

// `above` wins wherever it says something.
Settings laid_over(Settings below, const Settings& above);

// What they mean. The errors name the setting.
Result<options::Options> options_of(const Settings& settings, options::Options defaults);
Result<conversation::AnswerRequest> answer_request_of(const Settings& settings);

// "true" (or empty), "false", or how much: low, medium, high, max. `where` is named in the error.
Status check_thinking(std::string_view level, std::string_view where);
Status check_format(std::string_view format, std::string_view where);

}  // namespace straddle::cli
