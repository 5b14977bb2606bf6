#include "engine/placements.h"

#include <algorithm>
#include <array>

namespace straddle::testing {
namespace {

using model::Part;
using model::PartKind;
using Parts = std::vector<Part>;

constexpr uint32_t kCut = 0;  // the finest

model::PartPlace whole(const Part& part, bool second) {
  const uint32_t units = part.cuts[kCut].units;
  return {kCut, {second ? 0 : units, second ? units : 0}};
}

// Of the second device.
uint32_t half_units(const model::Cut& cut) {
  if (cut.border >= cut.units) return cut.units / 2;
  const uint32_t borders = (cut.units - 1) / cut.border;  // inside of it
  return (borders + 1) / 2 * cut.border;
}

model::PartPlace cut(const Part& part, uint32_t how = kCut) {
  const uint32_t units = part.cuts[how].units, second = half_units(part.cuts[how]);
  return {how, {units - second, second}};
}

bool keeps_bytes(const Parts& parts, const model::Placement& placement) {
  for (size_t i = 0; i < parts.size(); ++i) {
    const model::Cut& cut = parts[i].cuts[placement[i].cut];
    const uint32_t second = placement[i].units[1];
    if (second != cut.units && second % cut.border != 0) return false;
  }
  return true;
}

template <class PlaceOf>
NamedPlacement named(std::string name, const Parts& parts, PlaceOf place_of) {
  NamedPlacement out{.name = std::move(name), .placement = {}};
  for (const Part& part : parts) out.placement.push_back(place_of(part));
  out.keeps_bytes = keeps_bytes(parts, out.placement);
  return out;
}

// Parts that share a cache stay together: where the first of them is.
std::vector<uint32_t> layers_of(const Parts& parts) {
  std::vector<uint32_t> out, of_cache;
  for (const Part& part : parts) {
    uint32_t layer = part.layer;
    if (part.cache != ops::kNone) {
      if (part.cache >= of_cache.size()) of_cache.resize(part.cache + 1, ops::kNone);
      layer = std::min(layer, of_cache[part.cache]);
      of_cache[part.cache] = layer;
    }
    out.push_back(layer);
  }
  return out;
}

// One device goes as far as it can; true if it did something. on_way: values in each ring.
bool advance(const model::DeviceProgram& device, size_t& at, std::vector<int>& on_way) {
  const size_t start = at;
  for (; at < device.program.ops.size(); ++at) {
    const ops::Op& op = device.program.ops[at];
    if (const auto* send = std::get_if<ops::Send>(&op)) {
      if (on_way.at(send->ring) == 2) break;
      ++on_way[send->ring];
    }
    if (const auto* receive = std::get_if<ops::Receive>(&op)) {
      if (on_way.at(receive->ring) == 0) break;
      --on_way[receive->ring];
    }
  }
  return at > start;
}

}  // namespace

// What can be done does not depend on the order in which it is done, so one order shows it.
bool all_is_received(const std::vector<model::DeviceProgram>& programs) {
  std::vector<int> on_way(programs.size() * programs.size(), 0);
  std::vector<size_t> at(programs.size(), 0);
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t d = 0; d < programs.size(); ++d) moved = advance(programs[d], at[d], on_way) || moved;
  }
  for (size_t d = 0; d < programs.size(); ++d)
    if (at[d] < programs[d].program.ops.size()) return false;
  return std::all_of(on_way.begin(), on_way.end(), [](int values) { return values == 0; });
}

std::vector<NamedPlacement> whole_parts(const model::Blueprint& blueprint) {
  const Parts parts = model::parts(blueprint);
  std::vector<NamedPlacement> out;
  out.push_back(named("all on the second", parts, [](const Part& part) { return whole(part, true); }));
  const std::vector<uint32_t> layers = layers_of(parts);
  const auto half = blueprint.layers.size() / 2;
  out.push_back(named("half of the layers", parts, [&](const Part& part) {
    return whole(part, layers[size_t(&part - parts.data())] < half);
  }));
  return out;
}

std::vector<NamedPlacement> cut_parts(const model::Blueprint& blueprint) {
  struct Kind {
    const char* name;
    PartKind kind;
  };
  constexpr std::array<Kind, 5> kKinds{{{"attention cut", PartKind::attention},
                                        {"recurrent cut", PartKind::recurrent},
                                        {"feed-forward cut", PartKind::feed_forward},
                                        {"experts cut", PartKind::experts},
                                        {"output cut", PartKind::output}}};
  const Parts parts = model::parts(blueprint);
  std::vector<NamedPlacement> out;
  for (const auto& [name, kind] : kKinds) {
    const auto can = [k = kind](const Part& part) {
      return part.kind == k && part.cuts[kCut].units > 1;
    };
    if (std::none_of(parts.begin(), parts.end(), can)) continue;
    out.push_back(named(name, parts,
                        [&](const Part& part) { return can(part) ? cut(part) : whole(part, false); }));
  }
  const auto by_expert = [](const Part& part) { return part.cuts.size() > 1; };
  if (std::any_of(parts.begin(), parts.end(), by_expert)) {
    out.push_back(named("experts cut by expert", parts, [&](const Part& part) {
      return by_expert(part) ? cut(part, 1) : whole(part, false);
    }));
  }
  out.push_back({"everything cut", half_of_everything(blueprint), false});
  out.back().keeps_bytes = keeps_bytes(parts, out.back().placement);
  return out;
}

std::vector<NamedPlacement> placements_of_two(const model::Blueprint& blueprint) {
  auto out = whole_parts(blueprint);
  for (NamedPlacement& one : cut_parts(blueprint)) out.push_back(std::move(one));
  return out;
}

model::Placement half_of_everything(const model::Blueprint& blueprint) {
  model::Placement out;
  for (const Part& part : model::parts(blueprint)) out.push_back(cut(part));
  return out;
}

}  // namespace straddle::testing
