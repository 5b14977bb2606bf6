#include "plan/pins.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "plan/most.h"

namespace straddle::plan {
namespace {

using What = Pin::What;

constexpr std::array<std::pair<std::string_view, What>, 4> kLayerParts = {
    {{"attention", What::attention},
     {"mixer", What::mixer},
     {"ffn", What::ffn},
     {"experts", What::experts}}};

constexpr const char* kForm = "WHERE=DEVICE, WHERE=DEVICE@SHARE or WHERE=DEVICE@most";
constexpr const char* kWhere =
    "*, output, embedding, or LAYERS.attention, .mixer, .ffn, .experts with LAYERS one of *, 3, 2-5";

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool read_layers(std::string_view text, Pin& pin) {
  if (text == "*") return true;
  const size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == text.npos ? first : number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return false;
  pin.first_layer = *first;
  pin.last_layer = *last;
  return true;
}

bool read_where(std::string_view text, Pin& pin) {
  const std::pair<std::string_view, What> alone[] = {
      {"*", What::all}, {"output", What::output}, {"embedding", What::embedding}};
  for (const auto& [name, what] : alone)
    if (text == name) return pin.what = what, true;
  const size_t dot = text.find('.');
  if (dot == text.npos || !read_layers(text.substr(0, dot), pin)) return false;
  for (const auto& [name, what] : kLayerParts)
    if (text.substr(dot + 1) == name) return pin.what = what, true;
  return false;
}

// "0.25", ".5", "1": no sign, no exponent, so that a device may not hide in it. Or "most".
bool read_share(std::string_view text, Pin& pin) {
  if (text == "most") return pin.most = true;
  if (text.empty() || text.size() > 20 || text.find_first_not_of("0123456789.") != text.npos)
    return false;
  const std::string copy(text);
  char* end = nullptr;
  pin.share = std::strtod(copy.c_str(), &end);
  return *end == 0 && pin.share <= 1;
}

bool matches(const Pin& pin, const Stage& stage) {
  using model::PartKind;
  if (pin.what == What::all) return true;
  if (stage.kind == PartKind::output) return pin.what == What::output;
  if (stage.kind == PartKind::embedding) return pin.what == What::embedding;
  if (stage.layer < pin.first_layer || stage.layer > pin.last_layer) return false;
  switch (pin.what) {
    case What::attention:
      return stage.kind == PartKind::attention;
    case What::mixer:
      return stage.kind == PartKind::attention || stage.kind == PartKind::recurrent;
    case What::ffn:
      return stage.kind == PartKind::feed_forward;
    case What::experts:
      return stage.kind == PartKind::experts;
    default:
      return false;
  }
}

std::string what_there_is(const Problem& p) {
  std::string out = "this model has layers 0-" + std::to_string(p.layers - 1) + " with";
  const auto has = [&](What what) {
    return std::any_of(p.stages.begin(), p.stages.end(),
                       [&](const Stage& s) { return matches({.what = what}, s); });
  };
  for (const auto& [name, what] : kLayerParts)
    if (has(what)) out += " " + std::string(name);
  out += ", and embedding";
  return has(What::output) ? out + ", output" : out;
}

Result<uint32_t> device_of(const Pin& pin, const MachineProfile& machine) {
  std::string names;
  for (uint32_t d = 0; d < machine.devices.size(); ++d) {
    if (machine.devices[d].name == pin.device) return d;
    names += (d ? ", " : "") + machine.devices[d].name;
  }
  return fail(ErrorKind::usage, "--pin " + pin.text, "there is no device " + pin.device,
              "there are " + names);
}

// Who wants a stage where; kNone: nobody.
struct Wish {
  uint32_t device = ops::kNone;
  double share = 1;
  bool most = false;
  std::string by;
};

bool differ(const Wish& a, const Wish& b) {
  const bool home_a = a.device == 0 || a.share == 0, home_b = b.device == 0 || b.share == 0;
  return home_a != home_b ||
         (!home_a && (a.device != b.device || a.share != b.share || a.most != b.most));
}

// The last layers whole, and the output after all of them. The embedding is at home, but may be pinned.
std::vector<Wish> layer_wishes(const Problem& p, uint32_t count) {
  std::vector<Wish> out(p.stages.size());
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    const Stage& stage = p.stages[s];
    if (stage.kind == model::PartKind::embedding) {
      out[s] = {.device = 0};
      continue;
    }
    const bool there = stage.kind == model::PartKind::output ? count > p.layers
                                                             : uint64_t(stage.layer) + count >= p.layers;
    out[s] = {.device = there ? 1u : 0u, .by = "-ngl " + std::to_string(count)};
  }
  return out;
}

// Of several pins of a stage the last one counts.
Status add_pin(const Problem& p, const MachineProfile& machine, const Pin& pin,
               std::vector<Wish>& wishes) {
  const uint32_t device = TRY(device_of(pin, machine));
  const std::string name = "--pin " + pin.text;
  bool found = false;
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    if (!matches(pin, p.stages[s])) continue;
    found = true;
    wishes[s] = {device, pin.share, pin.most && device > 0, name};
  }
  if (!found) return fail(ErrorKind::usage, name, "matches nothing", what_there_is(p));
  return {};
}

Status check_agree(const std::vector<Wish>& layers, const std::vector<Wish>& wishes) {
  for (size_t s = 0; s < layers.size(); ++s)
    if (!layers[s].by.empty() && differ(layers[s], wishes[s]))
      return fail(ErrorKind::usage, wishes[s].by, "contradicts " + layers[s].by);
  return {};
}

// Off the borders where the share is.
void cut_where(const model::Cut& cut, double share, Stage& stage, uint32_t& steps) {
  const uint32_t units = uint32_t(std::llround(share * cut.units));
  stage.border = units % stage.border == 0 || units == cut.units ? stage.border : 1;
  steps = (units + stage.border - 1) / stage.border;
}

}  // namespace

Result<Pin> parse_pin(std::string_view text) {
  Pin pin{.text = std::string(text)};
  const auto wrong = [&](std::string_view part, const char* what, const char* hint) {
    const std::string quoted = part.empty() ? "" : "'" + std::string(part) + "' ";
    return fail(ErrorKind::usage, "--pin " + pin.text, quoted + what, hint);
  };
  const size_t equals = text.find('=');
  if (equals == text.npos) return wrong("", "names no device", kForm);
  const std::string_view where = text.substr(0, equals), behind = text.substr(equals + 1);
  if (!read_where(where, pin)) return wrong(where, "is no part of a model", kWhere);
  const size_t at = behind.rfind('@');
  pin.device = behind.substr(0, at);
  if (pin.device.empty()) return wrong("", "names no device", kForm);
  if (at != behind.npos && !read_share(behind.substr(at + 1), pin))
    return wrong(behind.substr(at), "is no share", "a number from 0 to 1, such as @0.4, or @most");
  return pin;
}

Result<Counts> place_pins(const Model& model, const MachineProfile& machine, const Request& request,
                          double fill, Problem& p) {
  std::vector<Wish> layers;
  if (request.gpu_layers) {
    if (*request.gpu_layers > 0 && machine.devices.size() < 2)
      return fail(ErrorKind::usage, "-ngl " + std::to_string(*request.gpu_layers),
                  "there is no second device", "--device cpu,cpu has one");
    layers = layer_wishes(p, *request.gpu_layers);
  }
  std::vector<Wish> wishes = layers.empty() ? std::vector<Wish>(p.stages.size()) : layers;
  for (const Pin& pin : request.pins) TRY(add_pin(p, machine, pin, wishes));
  TRY(check_agree(layers, wishes));

  std::vector<uint32_t> steps(p.stages.size());
  std::vector<std::vector<uint32_t>> most(machine.devices.size());  // stages, by device
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    Stage& stage = p.stages[s];
    if (stage.follows != ops::kNone) wishes[s] = wishes[stage.follows];
    if (wishes[s].device == ops::kNone) continue;
    if (wishes[s].most) most[wishes[s].device].push_back(s);
    if (wishes[s].most) continue;
    stage.fixed = true;
    const bool linked = stage.whole && stage.kind == model::PartKind::attention;
    if (linked) wishes[s].share = wishes[s].share >= 0.5 ? 1 : 0;
    cut_where(model.parts[stage.part].cuts[stage.cut], wishes[s].share, stage, steps[s]);
    const bool moved = wishes[s].device != 0 && steps[s] > 0;
    if (stage.tied && moved) {
      stage.tied = false;
      p.stages.back().apart = true;
    }
    rebuild(model, machine, request, fill, stage);
  }
  if (p.stages.back().apart) rebuild(model, machine, request, fill, p.stages.back());
  Counts counts(p);
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    if (!p.stages[s].fixed || wishes[s].device == 0) continue;
    counts[s][0] -= steps[s];
    counts[s][wishes[s].device] += steps[s];
  }
  for (uint32_t d = 1; d < most.size(); ++d) place_most(most[d], d, p, counts);
  return counts;
}

}  // namespace straddle::plan
