#include "plan/report.h"

#include <algorithm>
#include <utility>

namespace straddle::plan {
namespace {

// Units of a stage by device: cards first, then the disk, home has the last ones.
struct Span {
  uint32_t device, begin, end;
};

std::vector<Span> spans(const Problem& p, const model::Cut& cut, const Stage& stage, Steps steps) {
  std::vector<Span> out;
  uint32_t step = 0;
  for (uint32_t i = 1; i <= p.places.size(); ++i) {
    const uint32_t d = i % uint32_t(p.places.size());
    if (!steps[d]) continue;
    out.push_back({d, stage.units(cut, step), stage.units(cut, step + steps[d])});
    step += steps[d];
  }
  return out;
}

// What is not cut: at home where home has any of the stage or several share it.
uint32_t place_of_whole(const Problem& p, std::span<const Span> spans) {
  return spans.size() == 1 ? spans[0].device : p.home();
}

class Tensors {
 public:
  Tensors(const Model& model, const Problem& p) : model_(model), p_(p) {
    places_.resize(model.file.tensors().size());
  }

  void add(const Stage& stage, Steps steps) {
    const model::Cut& cut = model_.parts[stage.part].cuts[stage.cut];
    const std::vector<Span> spans = plan::spans(p_, cut, stage, steps);
    std::vector<uint32_t> order;
    for (const model::TensorUse& use : cut.tensors) {
      if (std::find(order.begin(), order.end(), use.tensor) == order.end()) order.push_back(use.tensor);
    }
    for (const uint32_t tensor : order) add(cut, spans, tensor);
  }

  // In the order of the file; what nobody reads is at home, and takes no memory.
  std::vector<TensorPlace> list() && {
    std::vector<TensorPlace> out;
    for (uint32_t t = 0; t < places_.size(); ++t) {
      if (places_[t].empty())
        places_[t].push_back({.tensor = t, .unread = true, .shards = {whole(t, 0)}});
      for (TensorPlace& place : places_[t]) out.push_back(std::move(place));
    }
    return out;
  }

 private:
  Shard whole(uint32_t tensor, uint32_t device) const {
    return {.device = device, .bytes = model_.file.tensors()[tensor].bytes};
  }

  void add(const model::Cut& cut, std::span<const Span> spans, uint32_t tensor) {
    TensorPlace place{.tensor = tensor};
    for (const Span& span : spans)
      for (const model::TensorUse& use : cut.tensors)
        if (use.tensor == tensor) add(use, span, spans, place);
    put(std::move(place));
  }

  void put(TensorPlace place) {
    place.copy = !places_[place.tensor].empty();
    places_[place.tensor].push_back(std::move(place));
  }

  void add(const model::TensorUse& use, const Span& span, std::span<const Span> spans,
           TensorPlace& place) {
    const bool first = place.shards.empty();
    if (spans.size() == 1 || use.axis == model::Axis::whole) {
      if (first) place.shards.push_back(whole(use.tensor, place_of_whole(p_, spans)));
      return;
    }
    if (use.axis == model::Axis::copies) {
      if (!first) put({.tensor = use.tensor, .shards = std::exchange(place.shards, {})});
      place.shards.push_back(whole(use.tensor, span.device));
      return;
    }
    const gguf::Tensor& tensor = model_.file.tensors()[use.tensor];
    const uint64_t from = std::min(span.begin * use.per_unit, use.count),
                   to = std::min(span.end * use.per_unit, use.count);
    if (from == to) return;
    place.shards.push_back({.device = span.device,
                            .axis = use.axis,
                            .first = use.first + from,
                            .count = to - from,
                            .bytes = uint64_t(Wide(tensor.bytes) * (to - from) / use.of)});
  }

  const Model& model_;
  const Problem& p_;
  std::vector<std::vector<TensorPlace>> places_;
};

// Keys and values that a device holds: home also those of what lies on the disk.
const Share& kv_share(const Problem& p, const Stage& stage, Steps steps, uint32_t d) {
  if (d == p.home()) return stage.on[d][steps[d] + steps[p.disk()]];
  return d == p.disk() ? stage.on[d][steps[d]] : stage.share(steps, d);
}

void add_kv(const Model& model, const Problem& p, const Stage& stage, Steps steps, Plan& plan) {
  const model::Part& part = model.parts[stage.part];
  const model::Cut& cut = part.cuts[stage.cut];
  for (const Span& span : spans(p, cut, stage, steps)) {
    if (span.device == p.disk() && steps[p.home()]) continue;  // home has its keys and values
    const uint32_t d = span.device == p.disk() ? p.home() : span.device;
    KvPlace place{.layer = stage.layer, .device = d, .bytes = kv_share(p, stage, steps, d).kv};
    if (!place.bytes) continue;
    if (part.cache != ops::kNone) {
      const uint32_t all = model.blueprint.caches[part.cache].kv_heads, each = cut.kv_heads_per_unit;
      const uint32_t n = steps[d] + steps[p.disk()];
      const uint32_t begin = d == p.home() ? stage.units(cut, stage.steps - n) : span.begin;
      place.first_head = std::min(begin * each, all);
      place.heads = each ? std::min(span.end * each, all) - place.first_head : all;
    }
    plan.kv.push_back(place);
  }
}

model::PartPlace part_place(const Model& model, const Stage& stage, Steps steps, const Problem& p) {
  const model::Cut& cut = model.parts[stage.part].cuts[stage.cut];
  model::PartPlace out{.cut = stage.cut, .units = std::vector<uint32_t>(p.places.size())};
  for (const Span& span : spans(p, cut, stage, steps)) out.units[span.device] = span.end - span.begin;
  return out;
}

void add_bytes(const Problem& p, const Stage& stage, Steps steps, Plan& plan) {
  for (uint32_t d = 0; d < plan.devices.size(); ++d) {
    const Share& kv = kv_share(p, stage, steps, d);
    DeviceUse& use = plan.devices[d];
    use.weights += stage_bytes(p, stage, steps, d) - kv.kv;
    use.kv += kv.kv;
    use.read_bytes += (d == p.home() ? stage.on[d][steps[d]].read : kv.read) + kv.kv_read;
    if (d != p.disk()) use.busy_ns += busy_ns(p, stage, steps, d);
  }
}

void add_devices(const MachineProfile& machine, const Problem& p, Plan& plan) {
  for (uint32_t d = 0; d < p.disk(); ++d)
    plan.devices.push_back({.name = machine.devices[d].name, .kind = p.places[d].kind});
  if (p.has_disk()) plan.devices.push_back({.name = "disk", .kind = PlaceKind::disk});
}

void close_devices(const Problem& p, const Counts& counts, Plan& plan) {
  const std::vector<uint64_t> taken = taken_bytes(p, counts);
  const uint64_t of_others = home_bytes(p, taken) - taken[p.home()];
  for (uint32_t d = 0; d < plan.devices.size(); ++d) {
    DeviceUse& use = plan.devices[d];
    if (use.kind == PlaceKind::disk) {
      use.budget = use.weights;
      continue;
    }
    use.budget = p.places[d].budget;
    if (d == p.home()) use.budget -= std::min(use.budget, of_others);
    if (taken[d]) {
      use.other = p.places[d].other;
      use.scratch = taken[d] - use.weights - use.kv - use.other;
    }
    use.unused = use.budget - std::min(use.budget, taken[d]);
  }
}

void add_times(const Problem& p, const Counts& counts, Plan& plan) {
  const Walk way = walk(p, counts);
  plan.total_ns = way.total_ns;
  plan.host_ns = way.ns - way.end_ns;  // less what stages and changes take
  plan.disk_ns = way.disk_ns;
  plan.crossing_ns = way.end_ns;
  plan.crossings = way.crossings;
  for (size_t s = 0; s < p.stages.size(); ++s) {
    const Stage& stage = p.stages[s];
    const Passed& passed = way.stages[s];
    plan.hidden_ns += passed.hidden_ns;
    plan.crossing_ns += passed.change_ns + passed.submit_ns;
    plan.host_ns -= passed.ns();
    if (stage.kind == model::PartKind::embedding) continue;
    StageTime time{.layer = stage.layer, .kind = stage.kind, .wall_ns = passed.busy_ns};
    for (uint32_t d = 0; d < plan.devices.size(); ++d)
      time.ns.push_back(d == p.disk() ? 0 : busy_ns(p, stage, counts[s], d));
    plan.stages.push_back(std::move(time));
  }
  if (p.has_disk()) plan.devices.back().busy_ns = way.disk_ns;
}

uint32_t whole_layers(const Problem& p, const Counts& counts) {
  std::vector<bool> away(p.layers, true);
  for (size_t s = 0; s < p.stages.size(); ++s) {
    const uint32_t layer = p.stages[s].layer;
    if (layer < p.layers && counts[s][p.home()] + counts[s][p.disk()] > 0) away[layer] = false;
  }
  return uint32_t(std::count(away.begin(), away.end(), true));
}

}  // namespace

Plan report(const Model& model, const MachineProfile& machine, const Request& request, const Problem& p,
            const Counts& counts) {
  Plan plan{.request = request, .machine = machine.name, .file_bytes = model.file.file_bytes()};
  plan.layers = p.layers;
  plan.whole_layers = whole_layers(p, counts);
  add_devices(machine, p, plan);
  Tensors tensors(model, p);
  plan.parts.resize(model.parts.size());
  for (size_t s = 0; s < p.stages.size(); ++s) {
    tensors.add(p.stages[s], counts[s]);
    plan.parts[p.stages[s].part] = part_place(model, p.stages[s], counts[s], p);
    add_kv(model, p, p.stages[s], counts[s], plan);
    add_bytes(p, p.stages[s], counts[s], plan);
  }
  plan.tensors = std::move(tensors).list();
  close_devices(p, counts, plan);
  add_times(p, counts, plan);
  return plan;
}

}  // namespace straddle::plan
