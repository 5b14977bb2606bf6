#include "cli/plan_text.h"

#include <algorithm>

#include "cli/corrections.h"
#include "cli/plan_shares.h"
#include "cli/plan_words.h"
#include "cli/printable.h"
#include "cli/table.h"

namespace straddle::cli {
namespace {

using plan::DeviceUse;
using plan::Plan;

constexpr size_t kLongestName = 88;  // so that a line has 100 columns at most

// How far the figures of each device can be trusted.
std::string basis_text(const plan::MachineProfile& machine) {
  std::string out;
  for (const plan::DeviceProfile& device : machine.devices)
    out += (out.empty() ? "" : ", ") + printable(device.name, 20) + " " +
           std::string(basis_name(device.basis));
  return out;
}

std::string memory_wanted_text(const plan::Request& r) {
  std::string out = std::to_string(r.context) + " tokens, KV " + std::string(kv_name(r.kv));
  return r.sequences > 1 ? out + ", room for " + std::to_string(r.sequences) + " texts at once" : out;
}

// Layers that look back a while only keep so many keys and values.
std::string windows_text(const PlanInput& in) {
  const auto has_window = [](const model::Part& part) { return part.window > 0; };
  const auto first = std::ranges::find_if(in.parts, has_window);
  if (first == in.parts.end()) return "";
  return "windows  " + std::to_string(std::ranges::count_if(in.parts, has_window)) + " of " +
         std::to_string(in.blueprint.layers.size()) + " layers see " + std::to_string(first->window) +
         " tokens back\n";
}

std::string speeds_text(const Plan& plan) {
  const plan::Speeds& speeds = plan.tokens_per_s;
  const auto at = [](double tokens) { return std::to_string(int64_t(tokens)) + " tokens of context"; };
  const double context = plan.request.context;
  return table("rl", {{speed_text(speeds.expected), "expected, at " + at(context * plan.request.fill)},
                      {speed_text(speeds.empty), "in an empty context"},
                      {speed_text(speeds.full), "at " + at(context)},
                      {speed_text(plan.bound_tokens_per_s),
                       "the bound: no such plan is faster on this machine"}});
}

// The disk has a row where it is used.
bool is_shown(const DeviceUse& d) { return d.kind != plan::PlaceKind::disk || d.weights > 0; }

std::string memory_text(const Plan& plan) {
  uint64_t weights = 0;
  for (const DeviceUse& d : plan.devices) weights += d.weights;
  std::vector<TableRow> rows = {{"MEMORY", "WEIGHTS", "", "KV", "SCRATCH", "OTHER", "UNUSED", "BUDGET"}};
  for (const DeviceUse& d : plan.devices) {
    if (!is_shown(d)) continue;
    TableRow row = {printable(d.name), bytes_text(d.weights),
                    percent_text(double(d.weights), double(weights))};
    if (d.kind != plan::PlaceKind::disk)
      for (const uint64_t bytes : {d.kv, d.scratch, d.other, d.unused, d.budget})
        row.push_back(bytes_text(bytes));
    rows.push_back(std::move(row));
  }
  return table("lrrrrrrr", rows);
}

std::string unused_text(const Plan& plan) {
  std::string out;
  for (const DeviceUse& d : plan.devices)
    if (d.kind != plan::PlaceKind::disk)
      out += printable(d.name) + " unused: " + printable(d.why_unused) + "\n";
  return out;
}

std::string hidden_text(const PlanShare& share) {
  if (share.hidden_ns == 0) return "";
  return share.hidden_ns == share.ns ? "hidden" : ms_text(share.hidden_ns) + " of it hidden";
}

uint64_t bytes_of_kind(const std::vector<PlanShare>& shares, model::PartKind kind) {
  uint64_t out = 0;
  for (const PlanShare& share : shares) out += share.kind == kind ? share.bytes : 0;
  return out;
}

// What a token waits for beside the parts.
void add_rest(const Plan& plan, std::vector<TableRow>& rows) {
  const auto add = [&](const char* name, int64_t ns, const std::string& note) {
    if (ns) rows.push_back({name, "", "", "", ms_text(ns), note});
  };
  add("crossings", plan.crossing_ns, std::to_string(plan.crossings) + " of a vector");
  add("host", plan.host_ns, "");
  add("disk", plan.disk_ns, disk_rules(plan) ? "all else is hidden" : "hidden");
  add(rest_name(plan), rest_ns(plan), plan.disk_ns ? "of the disk" : "fixed by the profile");
  add("a token", plan.total_ns, "");
}

std::string time_text(const PlanInput& in, const Plan& plan) {
  const auto shares = plan_shares(in, plan);
  std::vector<TableRow> rows = {{"PART", "DEVICE", "WEIGHTS", "", "TIME"}};
  for (size_t i = 0; i < shares.size(); ++i) {
    const PlanShare& share = shares[i];
    const bool first = i == 0 || shares[i - 1].kind != share.kind;
    rows.push_back({first ? std::string(part_name(share.kind)) : "",
                    printable(plan.devices[share.device].name), bytes_text(share.bytes),
                    percent_text(double(share.bytes), double(bytes_of_kind(shares, share.kind))),
                    ms_text(share.ns), hidden_text(share)});
  }
  add_rest(plan, rows);
  return table("llrrrl", rows);
}

}  // namespace

std::string layers_text(const PlanInput& in, const Plan& plan) {
  std::string cut;
  for (const model::PartKind kind :
       {model::PartKind::attention, model::PartKind::recurrent, model::PartKind::feed_forward,
        model::PartKind::experts, model::PartKind::output}) {
    const uint32_t count = cut_parts(in, plan, kind);
    if (count == 0) continue;
    cut += (cut.empty() ? "" : ", ") + std::string(part_name(kind));
    if (kind != model::PartKind::output) cut += " in " + std::to_string(count) + " layers";
  }
  return "offloaded " + std::to_string(offloaded_layers(in, plan)) + "/" +
         std::to_string(plan.layers + 1) + " layers to GPU" +
         (cut.empty() ? "" : "; cut between devices: " + cut) + "\n";
}

std::string changes_text(const PlanResult& result) {
  if (result.changes.empty()) return "";
  const double now = result.plan.tokens_per_s.expected;
  std::vector<TableRow> rows;
  for (const plan::Change& change : result.changes)
    rows.push_back({"  " + printable(change.what), speed_text(change.tokens_per_s),
                    "+" + percent_text(change.tokens_per_s - now, now)});
  return "What would help most:\n" + table("lrr", rows);
}

std::string head_text(const PlanInput& in, const Plan& plan) {
  std::string out =
      table("ll", {{"model", printable(in.model, kLongestName) + ", " + bytes_text(file_bytes(in.file))},
                   {"machine", printable(plan.machine, kLongestName)},
                   {"figures", basis_text(in.machine.profile)},
                   {"context", memory_wanted_text(plan.request)}});
  out += windows_text(in);
  if (!in.corrections.empty())
    out += "note: in bench " + correction_words(in.corrections) + " with this model: counted in\n";
  return in.machine.note.empty() ? out : out + "note: " + in.machine.note + "\n";
}

std::string plan_text(const PlanInput& in, const PlanResult& result) {
  const Plan& plan = result.plan;
  std::string out = head_text(in, plan) + "\n" + speeds_text(plan) + layers_text(in, plan) + "\n" +
                    memory_text(plan) + unused_text(plan) + "\n" + time_text(in, plan);
  const std::string changes = changes_text(result);
  return changes.empty() ? out : out + "\n" + changes;
}

}  // namespace straddle::cli
