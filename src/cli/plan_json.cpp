#include "cli/plan_json.h"

#include <nlohmann/json.hpp>

#include "cli/json.h"
#include "cli/plan_shares.h"
#include "cli/plan_words.h"

namespace straddle::cli {
namespace {

using Json = nlohmann::ordered_json;
using plan::Plan;

double ms_of(int64_t ns) { return double(ns) / 1e6; }

// One size for all cards, or one for each that was named.
Json caps_json(const std::vector<plan::Cap>& caps) {
  Json out;
  for (const plan::Cap& cap : caps) {
    if (cap.device.empty()) return cap.bytes;
    out[cap.device] = cap.bytes;
  }
  return out;
}

Json request_json(const plan::Request& r) {
  Json pins = Json::array();
  for (const plan::Pin& pin : r.pins) pins.push_back(pin.text);
  return {{"context", r.context},
          {"kv", kv_name(r.kv)},
          {"sequences", r.sequences},
          {"rows", r.rows},
          {"fill", r.fill},
          {"gpu_layers", r.gpu_layers ? Json(*r.gpu_layers) : Json()},
          {"pins", std::move(pins)},
          {"devices", r.devices},
          {"vram", caps_json(r.vram)},
          {"ram", r.ram ? Json(*r.ram) : Json()}};
}

Json devices_json(const Plan& plan) {
  Json out = Json::array();
  for (const plan::DeviceUse& d : plan.devices) {
    out.push_back({{"name", d.name},
                   {"kind", place_name(d.kind)},
                   {"budget", d.budget},
                   {"weights", d.weights},
                   {"kv", d.kv},
                   {"scratch", d.scratch},
                   {"other", d.other},
                   {"unused", d.unused}});
  }
  return out;
}

Json tensor_json(const Plan& plan, const plan::TensorPlace& place, const gguf::Tensor& tensor) {
  Json shards = Json::array();
  for (const plan::Shard& shard : place.shards) {
    shards.push_back({{"device", plan.devices[shard.device].name},
                      {"axis", axis_name(shard.axis)},
                      {"first", shard.first},
                      {"count", shard.count},
                      {"bytes", shard.bytes}});
  }
  Json out = {{"name", tensor.name}, {"bytes", tensor.bytes}, {"shards", std::move(shards)}};
  if (place.copy) out["copy"] = true;
  if (place.unread) out["unread"] = true;
  return out;
}

Json tensors_json(const Plan& plan, const gguf::File& file) {
  Json out = Json::array();
  for (const plan::TensorPlace& place : plan.tensors)
    out.push_back(tensor_json(plan, place, file.tensors()[place.tensor]));
  return out;
}

Json kv_json(const Plan& plan) {
  Json out = Json::array();
  for (const plan::KvPlace& place : plan.kv) {
    out.push_back({{"layer", place.layer},
                   {"device", plan.devices[place.device].name},
                   {"first_head", place.first_head},
                   {"heads", place.heads},
                   {"bytes", place.bytes}});
  }
  return out;
}

Json stages_json(const Plan& plan) {
  Json out = Json::array();
  for (const plan::StageTime& stage : plan.stages) {
    Json ms = Json::object();
    for (size_t d = 0; d < stage.ns.size(); ++d)
      if (stage.ns[d]) ms[plan.devices[d].name] = ms_of(stage.ns[d]);
    out.push_back({{"layer", stage.layer == ops::kNone ? Json() : Json(stage.layer)},
                   {"stage", part_name(stage.kind)},
                   {"ms", std::move(ms)},
                   {"wall_ms", ms_of(stage.wall_ns)}});
  }
  return out;
}

Json read_json(const Plan& plan) {
  Json out = Json::object();
  for (const plan::DeviceUse& d : plan.devices) out[d.name] = d.read_bytes;
  return out;
}

// Of the disk: how long it is read, and what a token waits for its first block.
Json ms_json(const Plan& plan) {
  Json out = Json::object();
  for (const plan::DeviceUse& d : plan.devices)
    if (d.kind != plan::PlaceKind::disk) out[d.name] = ms_of(d.busy_ns);
  out["hidden"] = ms_of(plan.hidden_ns);
  out["crossings"] = ms_of(plan.crossing_ns);
  out["host"] = ms_of(plan.host_ns);
  out["disk"] = ms_of(plan.disk_ns);
  out["first_block"] = ms_of(plan.disk_ns ? rest_ns(plan) : 0);
  out["two_devices"] = ms_of(plan.disk_ns ? 0 : rest_ns(plan));
  out["total"] = ms_of(plan.total_ns);
  return out;
}

Json unused_json(const Plan& plan) {
  Json out = Json::object();
  for (const plan::DeviceUse& d : plan.devices)
    if (d.kind != plan::PlaceKind::disk) out[d.name] = d.why_unused;
  return out;
}

Json speeds_json(const plan::Speeds& speeds) {
  return {{"empty", speeds.empty}, {"expected", speeds.expected}, {"full", speeds.full}};
}

}  // namespace

nlohmann::ordered_json corrections_json(const std::vector<plan::Correction>& corrections) {
  Json out = Json::object();
  for (const plan::Correction& each : corrections) out[each.device] = each.time;
  return out;
}

nlohmann::ordered_json changes_json(const std::vector<plan::Change>& changes) {
  Json out = Json::array();
  for (const plan::Change& change : changes)
    out.push_back({{"what", change.what}, {"tokens_per_s", change.tokens_per_s}});
  return out;
}

std::string plan_json(const PlanInput& input, const PlanResult& result) {
  const Plan& plan = result.plan;
  return json_line({{"fits", true},
                    {"model", input.model},
                    {"file_bytes", file_bytes(input.file)},
                    {"machine", plan.machine},
                    {"corrections", corrections_json(input.corrections)},
                    {"request", request_json(plan.request)},
                    {"devices", devices_json(plan)},
                    {"tensors", tensors_json(plan, input.file)},
                    {"kv", kv_json(plan)},
                    {"read_bytes", read_json(plan)},
                    {"stages", stages_json(plan)},
                    {"ms", ms_json(plan)},
                    {"crossings", plan.crossings},
                    {"tokens_per_s", speeds_json(plan.tokens_per_s)},
                    {"bound_tokens_per_s", plan.bound_tokens_per_s},
                    {"why_unused", unused_json(plan)},
                    {"changes", changes_json(result.changes)}});
}

std::string misfit_json(const Error& error, const std::optional<plan::Nearest>& nearest) {
  Json out = {{"fits", false}, {"error", one_line(error)}, {"nearest", nullptr}};
  if (nearest) {
    out["nearest"] = request_json(nearest->request);
    out["nearest"]["tokens_per_s"] = nearest->tokens_per_s;
  }
  return json_line(out);
}

}  // namespace straddle::cli
