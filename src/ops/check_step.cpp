#include <string>

#include "ops/check.h"
#include "ops/visit_operands.h"

namespace straddle::ops {
namespace {

auto wrong_step(std::string what) { return fail(ErrorKind::bad_input, "step", std::move(what)); }

// Each row's token or position has an entry.
Status fits(const Embed& o, const Step& step) {
  if (o.by == Embed::By::first) return {};
  const bool token = o.by == Embed::By::token;
  for (size_t r = 0; r < step.tokens.size(); ++r) {
    const uint32_t i = token ? uint32_t(step.tokens[r]) : step.positions[r];
    if (i < o.table.rows) continue;
    return wrong_step((token ? "token " : "position ") + std::to_string(i) +
                      " is outside the model's table");
  }
  return {};
}

Status fits(const Rope& o, const Step& step) {
  if (o.angles < step.angles.size() &&
      step.angles[o.angles].size() >= times(step.tokens.size(), o.rotated))
    return {};
  return wrong_step("it lacks angles");
}

Status fits(const ScaleRows&, const Step& step) {
  return step.row_factors.size() >= step.tokens.size() ? Status{} : wrong_step("it lacks factors");
}

template <class Other>
Status fits(const Other&, const Step&) {
  return {};
}

}  // namespace

Status check(const Program& program, const Step& step) {
  const size_t rows = step.tokens.size();
  if (rows > program.max_rows || step.wanted.size() > program.max_wanted)
    return wrong_step("it has more rows than the program was recorded for");
  if (step.positions.size() != rows || step.sequences.size() != rows)
    return wrong_step("its rows lack positions or sequences");
  for (uint32_t row : step.wanted) {
    if (row >= rows) return wrong_step("a row is wanted that is not there");
  }
  for (size_t r = 0; r < rows; ++r) {
    if (step.sequences[r] >= step.views.size()) return wrong_step("a row is of no sequence");
    const SequenceView& view = step.views[step.sequences[r]];
    const bool paged = view.length <= times(view.pages.size(), kPageTokens);
    if (step.positions[r] >= view.length || (!program.caches.empty() && !paged))
      return wrong_step("a row lies outside the pages of its sequence");
  }
  for (const Op& op : program.ops) TRY(std::visit([&](const auto& one) { return fits(one, step); }, op));
  return {};
}

}  // namespace straddle::ops
