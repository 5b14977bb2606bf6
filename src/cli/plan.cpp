// `straddle plan MODEL`: where every byte would be, and how fast the model would run.
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/plan_json.h"
#include "cli/plan_text.h"

namespace straddle::cli {

Status plan_model(const Request& request) {
  const auto input = TRY(plan_input(request));
  const auto result = TRY(make_plan(input, request.json));
  say(request.json ? plan_json(input, result) : plan_text(input, result));
  return {};
}

}  // namespace straddle::cli
