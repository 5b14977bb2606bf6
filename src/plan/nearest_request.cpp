#include <algorithm>

#include "plan/once.h"

namespace straddle::plan {
namespace {

constexpr uint64_t kCapStep = uint64_t(64) << 20;

class Looker {
 public:
  Looker(const Model& model, const MachineProfile& profile, const Leeway& leeway)
      : model_(model), profile_(profile), leeway_(leeway) {}

  const MachineProfile& profile() const { return profile_; }
  const Leeway& leeway() const { return leeway_; }
  uint64_t context_of_model() const { return model_.blueprint.context; }
  bool fits(const Request& request) const { return plan_once(model_, profile_, request).has_value(); }

  std::optional<Nearest> done(const Request& request, std::vector<std::string> changed) const {
    const auto plan = plan_once(model_, profile_, request);
    if (!plan) return std::nullopt;
    return Nearest{request, std::move(changed), plan->tokens_per_s.expected};
  }

  // The largest value of `set` in least .. most that fits, given that smaller ones ask for less.
  template <class Set>
  std::optional<Nearest> largest(Request request, uint64_t least, uint64_t most, const char* key,
                                 const Set& set) const {
    if (least > most) return std::nullopt;
    set(request, least);
    if (!fits(request)) return std::nullopt;
    while (least < most) {
      const uint64_t middle = least + (most - least + 1) / 2;
      set(request, middle);
      fits(request) ? least = middle : most = middle - 1;
    }
    set(request, least);
    return done(request, {key});
  }

 private:
  const Model& model_;
  const MachineProfile& profile_;
  const Leeway& leeway_;
};

uint64_t pages_for(uint64_t tokens) { return (tokens + ops::kPageTokens - 1) / ops::kPageTokens; }

void set_pages(Request& request, uint64_t pages) {
  request.context = uint32_t(pages * ops::kPageTokens);
}

// In pages, down to `share` of the largest that is less than what was asked, and none that the model was
// not made for.
std::optional<Nearest> less_context(const Looker& looker, const Request& request, double share) {
  const uint64_t asked = (uint64_t(request.context) - 1) / ops::kPageTokens;
  const uint64_t most = std::min(asked, looker.context_of_model() / ops::kPageTokens);
  const uint64_t least =
      std::max(pages_for(looker.leeway().least_context), uint64_t(share * double(most)));
  return looker.largest(request, least, most, "context", set_pages);
}

std::optional<KvFormat> smaller(KvFormat kv, const Leeway& leeway) {
  if (kv == KvFormat::f32) return KvFormat::f16;
  if (kv == KvFormat::f16 && leeway.q8_0) return KvFormat::q8_0;
  return std::nullopt;
}

// The largest that fits.
std::optional<Nearest> smaller_kv(const Looker& looker, Request request) {
  std::optional<Nearest> found;
  for (auto kv = smaller(request.kv, looker.leeway()); kv && !found;
       kv = smaller(*kv, looker.leeway())) {
    request.kv = *kv;
    found = looker.done(request, {"kv"});
  }
  return found;
}

std::optional<Nearest> smaller_kv_and_context(const Looker& looker, Request request) {
  while (const auto kv = smaller(request.kv, looker.leeway())) request.kv = *kv;
  auto found = less_context(looker, request, 0);
  if (found) found->changed.push_back("kv");
  return found;
}

std::optional<Nearest> fewer_sequences(const Looker& looker, const Request& request) {
  return looker.largest(request, 1, request.sequences - 1, "sequences",
                        [](Request& r, uint64_t n) { r.sequences = uint32_t(n); });
}

std::optional<Nearest> fewer_layers(const Looker& looker, const Request& request) {
  if (!request.gpu_layers || *request.gpu_layers == 0) return std::nullopt;
  return looker.largest(request, 0, std::min<uint32_t>(*request.gpu_layers, 1'000'000) - 1, "gpu_layers",
                        [](Request& r, uint64_t n) { r.gpu_layers = uint32_t(n); });
}

std::optional<Nearest> without_pins(const Looker& looker, Request request) {
  std::vector<std::string> changed;
  if (!request.pins.empty()) changed.push_back("pins");
  if (request.gpu_layers) changed.push_back("gpu_layers");
  if (changed.empty()) return std::nullopt;
  request.pins.clear();
  request.gpu_layers.reset();
  return looker.done(request, changed);
}

// The smallest cap of RAM that is enough.
std::optional<Nearest> more_ram(const Looker& looker, Request request) {
  if (!request.ram) return std::nullopt;
  const uint64_t all = looker.profile().devices[0].bytes / kCapStep;
  uint64_t least = *request.ram / kCapStep, most = all;
  request.ram = most * kCapStep;
  if (least >= most || !looker.fits(request)) return std::nullopt;
  while (most - least > 1) {
    const uint64_t middle = least + (most - least) / 2;
    request.ram = middle * kCapStep;
    (looker.fits(request) ? most : least) = middle;
  }
  request.ram = most * kCapStep;
  return looker.done(request, {"ram"});
}

// Little of everything, all that the machine has.
std::optional<Nearest> least_of_all(const Looker& looker, Request request) {
  const auto least = uint32_t(pages_for(looker.leeway().least_context) * ops::kPageTokens);
  request.context = std::min(request.context, least);
  request.sequences = 1;
  request.ram.reset();
  request.vram.clear();
  request.pins.clear();
  request.gpu_layers.reset();
  return looker.done(request, {"context", "sequences", "ram", "vram", "pins", "gpu_layers"});
}

}  // namespace

std::optional<Nearest> nearest_request(const gguf::File& file, const model::Blueprint& blueprint,
                                       const MachineProfile& profile, const Request& request,
                                       const Leeway& leeway) {
  const Model model = make_model(file, blueprint, request);
  const Looker looker(model, profile, leeway);
  std::optional<Nearest> found = fewer_layers(looker, request);
  if (!found) found = less_context(looker, request, 0.25);
  if (!found) found = smaller_kv(looker, request);
  if (!found) found = fewer_sequences(looker, request);
  if (!found) found = less_context(looker, request, 0);
  if (!found) found = smaller_kv_and_context(looker, request);
  if (!found) found = without_pins(looker, request);
  if (!found) found = more_ram(looker, request);
  if (!found) found = least_of_all(looker, request);
  return found;
}

}  // namespace straddle::plan
