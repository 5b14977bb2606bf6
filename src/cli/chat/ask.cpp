#include "cli/chat/ask.h"

#include <algorithm>
#include <iterator>

#include "cli/load.h"
#include "cli/printable.h"

namespace straddle::cli {
namespace {

constexpr std::string_view kEfforts[] = {"low", "medium", "high", "max"};

tl::unexpected<Error> unknown(std::string_view word, std::string_view where, const char* known) {
  return fail(ErrorKind::usage, std::string(where), "'" + printable(word) + "' is unknown", known);
}

}  // namespace

Status set_thinking(conversation::Ask& ask, std::string_view level, std::string_view where) {
  const bool on = level.empty() || level == "true", off = level == "false";
  const bool effort = std::find(std::begin(kEfforts), std::end(kEfforts), level) != std::end(kEfforts);
  if (!on && !off && !effort) return unknown(level, where, "true, false, max, high, medium or low");
  ask.think = !off;
  ask.effort = effort ? level : std::string_view();
  return {};
}

void warn_if_thoughtless(const conversation::Conversation& conversation) {
  if (!conversation.can_think()) warn("this model does not think aloud: nothing will change");
}

Status set_format(conversation::Ask& ask, std::string_view format, std::string_view where) {
  if (format != "json") return unknown(format, where, "json");
  ask.json = true;
  return {};
}

}  // namespace straddle::cli
