// `straddle why MODEL`: where the time of a token goes. Predicted, from the plan, with the corrections
// that bench has kept of the model.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/plan_json.h"
#include "cli/plan_shares.h"
#include "cli/plan_text.h"
#include "cli/plan_words.h"
#include "cli/printable.h"
#include "cli/table.h"

namespace straddle::cli {
namespace {

using model::PartKind;
using plan::Plan;

// Something that a token waits for.
struct Term {
  std::string what, device;  // device: empty where several take part
  int64_t ns = 0;
};

// weights or experts of a device, keys and values apart.
void add_parts(const PlanInput& in, const Plan& plan, std::vector<Term>& terms) {
  for (const PlanShare& share : plan_shares(in, plan)) {
    const std::string what = share.kind == PartKind::experts ? "experts" : "weights";
    const std::string& device = plan.devices[share.device].name;
    const auto same = [&](const Term& t) { return t.what == what && t.device == device; };
    auto term = std::ranges::find_if(terms, same);
    if (term == terms.end()) term = terms.insert(terms.end(), {what, device});
    term->ns += share.ns - share.hidden_ns;
  }
}

// Keys and values were counted with the parts that read them: with those of the device that takes
// longest.
void part_with_kv(const Plan& plan, std::vector<Term>& terms) {
  const int64_t ns = kv_ns(plan);
  const auto longest = std::ranges::max_element(terms, {}, &Term::ns);
  if (longest != terms.end()) longest->ns -= std::min(longest->ns, ns);
  terms.push_back({"keys and values", "", ns});
}

std::vector<Term> terms_of(const PlanInput& in, const Plan& plan) {
  std::vector<Term> out;
  add_parts(in, plan, out);
  part_with_kv(plan, out);
  out.push_back({"crossings", "", plan.crossing_ns});
  out.push_back({"host", "", plan.host_ns});
  if (disk_rules(plan)) out = {{"weights", "disk", plan.disk_ns}};
  out.push_back({rest_name(plan), "", rest_ns(plan)});
  std::erase_if(out, [](const Term& term) { return term.ns <= 0; });
  std::ranges::stable_sort(out, std::ranges::greater(), &Term::ns);
  return out;
}

std::string terms_text(const Plan& plan, const std::vector<Term>& terms) {
  std::vector<TableRow> rows = {{"WAITING FOR", "DEVICE", "TIME", ""}};
  for (const Term& term : terms)
    rows.push_back({term.what, printable(term.device), ms_text(term.ns),
                    percent_text(double(term.ns), double(plan.total_ns))});
  return table("llrr", rows);
}

std::string devices_text(const Plan& plan) {
  std::vector<TableRow> rows = {{"DEVICE", "READS", "BUSY", ""}};
  for (const plan::DeviceUse& d : plan.devices) {
    if (d.read_bytes == 0) continue;
    rows.push_back({printable(d.name), bytes_text(d.read_bytes) + " a token", ms_text(d.busy_ns),
                    percent_text(double(d.busy_ns), double(plan.total_ns))});
  }
  return table("lrrr", rows);
}

std::string why_text(const PlanInput& in, const PlanResult& result) {
  const Plan& plan = result.plan;
  std::string out =
      head_text(in, plan) + "\nA token takes " + ms_text(plan.total_ns) + ", that is " +
      speed_text(plan.tokens_per_s.expected) + ": " +
      (in.corrections.empty() ? "predicted, not measured" : "predicted, with what bench measured") +
      ".\n\n" + terms_text(plan, terms_of(in, plan)) + "\n" + devices_text(plan);
  const std::string changes = changes_text(result);
  return changes.empty() ? out : out + "\n" + changes;
}

std::string why_json(const PlanInput& in, const PlanResult& result) {
  using Json = nlohmann::ordered_json;
  Json terms = Json::array();
  for (const Term& t : terms_of(in, result.plan))
    terms.push_back({{"what", t.what},
                     {"device", t.device.empty() ? Json() : Json(t.device)},
                     {"ms", double(t.ns) / 1e6}});
  const Json out = {{"basis", "predicted"},
                    {"corrections", corrections_json(in.corrections)},
                    {"model", in.model},
                    {"machine", result.plan.machine},
                    {"total_ms", double(result.plan.total_ns) / 1e6},
                    {"tokens_per_s", result.plan.tokens_per_s.expected},
                    {"terms", std::move(terms)},
                    {"changes", changes_json(result.changes)}};
  return json_line(out);
}

}  // namespace

Status why(const Request& request) {
  if (request.words.empty())
    return fail(ErrorKind::usage, "why", "it is not known which model ran last", "straddle why MODEL");
  const auto input = TRY(plan_input(request));
  const auto result = TRY(make_plan(input, request.json));
  say(request.json ? why_json(input, result) : why_text(input, result));
  return {};
}

}  // namespace straddle::cli
