#include "plan/plan.h"

#include <algorithm>
#include <cmath>

#include "base/size_text.h"
#include "plan/once.h"
#include "plan/pins.h"
#include "plan/report.h"
#include "plan/search.h"
#include "plan/stages.h"

namespace straddle::plan {
namespace {

Status check(const Request& request) {
  const auto wrong = [](const char* where, const char* what) {
    return fail(ErrorKind::usage, where, what);
  };
  if (request.context == 0) return wrong("--ctx", "a context has at least one token");
  if (request.sequences == 0) return wrong("--parallel", "there is at least one sequence");
  if (request.rows == 0) return wrong("rows", "a step has at least one row");
  if (!(request.fill >= 0 && request.fill <= 1))
    return wrong("--fill", "is a share of the context, 0 to 1");
  return {};
}

// What a plan is made of.
struct Case {
  const Model& model;
  MachineProfile machine;
  const Request& request;
  std::vector<uint64_t> scratch = {};  // by device; empty: that of the whole model
};

struct Pinned {
  Problem problem;
  Counts counts;
};

Result<Pinned> pinned_problem(const Case& c) {
  const double fill = c.request.fill;
  Pinned out{TRY(make_problem(c.model, c.machine, c.request, fill)), {}};
  for (size_t d = 0; d < c.scratch.size(); ++d) out.problem.places[d].scratch = c.scratch[d];
  out.counts = TRY(place_pins(c.model, c.machine, c.request, fill, out.problem));
  return out;
}

double per_second(const Case& c, int64_t ns) {
  return c.request.rows * 1e9 / double(std::max<int64_t>(ns, 1));
}

// In a context that is filled otherwise: that is read by what has a cache alone.
double speed_at(const Case& c, Problem problem, const Counts& counts, double fill) {
  for (Stage& stage : problem.stages)
    if (c.model.parts[stage.part].cache != ops::kNone)
      rebuild(c.model, c.machine, c.request, fill, stage);
  return per_second(c, walk(problem, counts).total_ns);
}

// With figures, where all memory together is too little.
Error does_not_fit(const Case& c, const Problem& p) {
  const Counts at_home(p);
  const uint64_t needed = taken_bytes(p, at_home)[p.home()];
  uint64_t room = p.places[p.home()].budget;
  for (uint32_t d = 1; d < p.disk(); ++d)
    if (!p.places[d].in_home_memory) room += p.places[d].budget;
  if (p.has_disk() || needed <= room)
    return {ErrorKind::no_memory, c.model.file.path(), "does not fit", ""};
  return {ErrorKind::no_memory, c.model.file.path(), memory_missing(needed, room), ""};
}

Result<Plan> searched(const Case& c) {
  const Pinned pinned = TRY(pinned_problem(c));
  const auto found = search(pinned.problem, pinned.counts);
  if (!found) return tl::unexpected(does_not_fit(c, pinned.problem));
  Plan plan = report(c.model, c.machine, c.request, pinned.problem, found->counts);
  plan.tokens_per_s = {speed_at(c, pinned.problem, found->counts, 0), per_second(c, plan.total_ns),
                       speed_at(c, pinned.problem, found->counts, 1)};
  plan.bound_tokens_per_s = per_second(c, found->bound_ns);
  for (uint32_t d = 0; d < plan.devices.size(); ++d)
    plan.devices[d].why_unused = why_unused(pinned.problem, found->counts, plan, d);
  return plan;
}

// ---- scratch, where it is measured

// What crosses between devices waits at home.
std::vector<uint64_t> scratch_of(const Case& c, const Plan& plan) {
  const auto devices = uint32_t(c.machine.devices.size());
  const auto programs =
      model::forward(c.model.blueprint, placement(plan), devices, step_size(c.request));
  std::vector<uint64_t> out;
  for (uint32_t d = 0; d < devices; ++d) out.push_back(c.request.measure(d, programs[d].program));
  out[0] += ring_bytes(programs);
  return out;
}

bool is_within(const std::vector<uint64_t>& taken, const std::vector<uint64_t>& planned) {
  return std::ranges::equal(taken, planned, std::ranges::less_equal());
}

// Less than was planned is unused.
Plan with_scratch(Plan plan, const std::vector<uint64_t>& taken) {
  for (size_t d = 0; d < taken.size(); ++d) {
    DeviceUse& use = plan.devices[d];
    if (use.scratch < taken[d]) continue;  // it holds nothing
    use.unused += use.scratch - taken[d];
    use.scratch = taken[d];
  }
  return plan;
}

// A plan depends on scratch, and scratch on the plan: from that of the whole model on each device, or
// from none, scratch is what the plan before takes, until a plan takes no more than was planned.
Result<Plan> measured(Case c) {
  constexpr int kMostTurns = 8;
  c.scratch.assign(c.machine.devices.size(), c.model.scratch);
  auto plan = searched(c);
  if (!plan) {
    c.scratch.assign(c.scratch.size(), 0);
    auto tight = searched(c);
    if (!tight) return plan;
    plan = std::move(tight);
  }
  std::optional<Plan> roomy;  // holds, but was planned with too much scratch
  for (int turn = 0; plan && turn < kMostTurns; ++turn) {
    const auto taken = scratch_of(c, *plan);
    const bool holds = is_within(taken, c.scratch);
    if (holds && turn > 0) return with_scratch(*std::move(plan), taken);
    if (holds) roomy = with_scratch(*plan, taken);
    for (size_t d = 0; d < taken.size(); ++d)
      c.scratch[d] = turn == 0 ? taken[d] : std::max(taken[d], c.scratch[d]);
    plan = searched(c);
  }
  if (roomy) return *std::move(roomy);
  return plan ? fail(ErrorKind::no_memory, c.model.file.path(), "does not fit") : plan;
}

}  // namespace

Result<Plan> plan_once(const Model& model, const MachineProfile& profile, const Request& request) {
  TRY(check(request));
  Case c{model, TRY(chosen_devices(profile, request)), request};
  return request.measure ? measured(std::move(c)) : searched(c);
}

model::Placement placement(const Plan& plan) {
  model::Placement out = plan.parts;
  for (model::PartPlace& part : out) {
    part.units.front() += part.units.back();
    part.units.pop_back();
  }
  return out;
}

Result<Plan> make_plan(const gguf::File& file, const model::Blueprint& blueprint,
                       const MachineProfile& profile, const Request& request) {
  return plan_once(make_model(file, blueprint, request), profile, request);
}

}  // namespace straddle::plan
