#include "plan/plan.h"

#include <algorithm>
#include <cmath>

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
};

struct Pinned {
  Problem problem;
  Counts counts;
};

Result<Pinned> pinned_problem(const Case& c, double fill) {
  Pinned out{TRY(make_problem(c.model, c.machine, c.request, fill)), {}};
  out.counts = TRY(place_pins(c.model, c.machine, c.request, fill, out.problem));
  return out;
}

double per_second(const Case& c, int64_t ns) {
  return c.request.rows * 1e9 / double(std::max<int64_t>(ns, 1));
}

Result<double> speed_at(const Case& c, const Counts& counts, double fill) {
  const Pinned pinned = TRY(pinned_problem(c, fill));
  return per_second(c, walk(pinned.problem, counts).total_ns);
}

}  // namespace

Result<Plan> plan_once(const Model& model, const MachineProfile& profile, const Request& request) {
  TRY(check(request));
  const Case c{model, TRY(chosen_devices(profile, request)), request};
  const Pinned pinned = TRY(pinned_problem(c, request.fill));
  const auto found = search(pinned.problem, pinned.counts);
  if (!found) return fail(ErrorKind::no_memory, model.file.path(), "does not fit");
  Plan plan = report(model, c.machine, request, pinned.problem, found->counts);
  plan.tokens_per_s = {TRY(speed_at(c, found->counts, 0)), per_second(c, plan.total_ns),
                       TRY(speed_at(c, found->counts, 1))};
  plan.bound_tokens_per_s = per_second(c, found->bound_ns);
  for (uint32_t d = 0; d < plan.devices.size(); ++d)
    plan.devices[d].why_unused = why_unused(pinned.problem, found->counts, plan, d);
  return plan;
}

Result<Plan> make_plan(const gguf::File& file, const model::Blueprint& blueprint,
                       const MachineProfile& profile, const Request& request) {
  return plan_once(make_model(file, blueprint, request), profile, request);
}

}  // namespace straddle::plan
