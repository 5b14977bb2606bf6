#include "sample/chain.h"

#include <algorithm>
#include <array>

namespace straddle::sample {
namespace {

using O = options::Options;

History window(History history, int64_t last_n) {
  return last_n < 0 ? history : history.last(std::min(history.size(), size_t(last_n)));
}

bool draws(const O& o) { return o.temperature > 0; }
bool truncates(const O& o) { return draws(o) && o.mirostat == 0; }
bool penalises(const O& o) {
  return o.repeat_penalty != 1 || o.presence_penalty != 0 || o.frequency_penalty != 0;
}

void penalties(Choice& c) {
  const O& o = c.options;
  const Penalties values{float(o.repeat_penalty), float(o.presence_penalty), float(o.frequency_penalty)};
  penalise(c.logits, window(c.history, o.repeat_last_n), values, c.tallies);
}

void dry(Choice& c) {
  const O& o = c.options;
  const Dry values{o.dry_multiplier, o.dry_base, size_t(o.dry_allowed_length)};
  penalise_repetition(c.logits, window(c.history, o.dry_penalty_last_n), values, c.breakers, c.matches,
                      c.tallies);
}

void xtc(Choice& c) {
  if (c.chance < c.options.xtc_probability) c.in = exclude_top_choices(c.in, c.options.xtc_threshold);
}

void moved_temperature(Choice& c) {
  const O& o = c.options;
  apply_temperature(c.in,
                    dynamic_temperature(c.in, o.temperature, o.dynatemp_range, o.dynatemp_exponent));
}

// llama.cpp's order. What differs: mirostat keeps the penalties (llama.cpp drops them), and a
// temperature of 0 takes the best token at once, whatever would cut the others.
// clang-format off
constexpr auto kChain = std::to_array<ChainStep>({
    {"logit_bias", Needs::logits, [](const O& o) { return !o.logit_bias.empty(); },
     [](Choice& c) { add_bias(c.logits, c.options.logit_bias); }},
    {"penalties", Needs::logits, penalises, penalties},
    {"dry", Needs::logits, [](const O& o) { return o.dry_multiplier > 0; }, dry},
    {"greedy", Needs::candidates, [](const O& o) { return !draws(o); },
     [](Choice& c) { c.in = keep_top_k(c.in, 1); }},
    {"top_n_sigma", Needs::candidates, [](const O& o) { return truncates(o) && o.top_n_sigma > 0; },
     [](Choice& c) { c.in = keep_top_n_sigma(c.in, c.options.top_n_sigma); }},
    {"top_k", Needs::candidates, [](const O& o) { return truncates(o) && o.top_k > 0; },
     [](Choice& c) { c.in = keep_top_k(c.in, size_t(c.options.top_k)); }},
    {"typical_p", Needs::probabilities, [](const O& o) { return truncates(o) && o.typical_p < 1; },
     [](Choice& c) { c.in = keep_typical(c.in, c.options.typical_p); }},
    {"top_p", Needs::probabilities, [](const O& o) { return truncates(o) && o.top_p < 1; },
     [](Choice& c) { c.in = keep_top_p(c.in, c.options.top_p); }},
    {"min_p", Needs::candidates, [](const O& o) { return truncates(o) && o.min_p > 0; },
     [](Choice& c) { c.in = keep_min_p(c.in, c.options.min_p); }},
    {"xtc", Needs::probabilities,
     [](const O& o) { return truncates(o) && o.xtc_probability > 0 && o.xtc_threshold <= 0.5; }, xtc},
    {"dynamic_temperature", Needs::probabilities, [](const O& o) { return draws(o) && o.dynatemp_range > 0; },
     moved_temperature},
    {"temperature", Needs::candidates,
     [](const O& o) { return draws(o) && o.dynatemp_range == 0 && o.temperature != 1; },
     [](Choice& c) { apply_temperature(c.in, c.options.temperature); }},
    {"mirostat_1", Needs::candidates, [](const O& o) { return draws(o) && o.mirostat == 1; },
     [](Choice& c) { c.in = keep_mirostat_1(c.in, c.mu, c.logits.size()); }},
    {"mirostat_2", Needs::probabilities, [](const O& o) { return draws(o) && o.mirostat == 2; },
     [](Choice& c) { c.in = keep_mirostat_2(c.in, c.mu); }},
});
// clang-format on

}  // namespace

std::span<const ChainStep> chain() { return kChain; }

}  // namespace straddle::sample
