#include <algorithm>
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

// A slot takes the rows of the Step.
Status crosses(const Value& value, uint32_t ring, const Step& step) {
  const size_t rows = value.rows == Rows::all ? step.tokens.size() : step.wanted.size();
  if (ring >= step.rings.size() || !step.rings[ring]) return wrong_step("it lacks a ring");
  if (step.rings[ring]->floats() >= times(std::max<size_t>(rows, 1), value.width)) return {};
  return wrong_step("its rows do not fit into a ring");
}
Status fits(const Send& o, const Step& step) { return crosses(o.value, o.ring, step); }
Status fits(const Receive& o, const Step& step) { return crosses(o.value, o.ring, step); }

template <class Other>
Status fits(const Other&, const Step&) {
  return {};
}

// Its table says where each of its tokens is.
bool has_pages(const SequenceView& view, const KvCache& cache) {
  return cache.table < view.pages.size() &&
         view.length <= times(view.pages[cache.table].size(), kPageTokens);
}

Status check_row(const Program& program, const Step& step, size_t r) {
  if (step.sequences[r] >= step.views.size()) return wrong_step("a row is of no sequence");
  const SequenceView& view = step.views[step.sequences[r]];
  const bool neighbour =
      r > 0 && step.sequences[r] == step.sequences[r - 1];  // its pages were looked at
  const bool paged = neighbour || std::all_of(program.caches.begin(), program.caches.end(),
                                              [&](const KvCache& c) { return has_pages(view, c); });
  if (step.positions[r] < view.length && paged) return {};
  return wrong_step("a row lies outside the pages of its sequence");
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
  for (size_t r = 0; r < rows; ++r) TRY(check_row(program, step, r));
  for (const Op& op : program.ops) TRY(std::visit([&](const auto& one) { return fits(one, step); }, op));
  return {};
}

}  // namespace straddle::ops
