#include "device/step_check.h"

namespace straddle::device {

Status check(const ops::Program& program, const ops::Step& step) {
  if (step.tokens.size() > program.max_rows || step.wanted.size() > program.max_wanted) {
    return fail(ErrorKind::bad_input, "step", "it has more rows than the program was recorded for");
  }
  for (const ops::Op& op : program.ops) {
    const auto* embed = std::get_if<ops::Embed>(&op);
    if (!embed || embed->by == ops::Embed::By::first) continue;
    const bool token = embed->by == ops::Embed::By::token;
    for (size_t r = 0; r < step.tokens.size(); ++r) {
      const uint32_t i = token ? uint32_t(step.tokens[r]) : step.positions[r];
      if (i < embed->table.rows) continue;
      return fail(
          ErrorKind::bad_input, "step",
          (token ? "token " : "position ") + std::to_string(i) + " is outside the model's table");
    }
  }
  return {};
}

}  // namespace straddle::device
