#include <algorithm>
#include <cmath>
#include <limits>

#include "sample/chain.h"

namespace straddle::sample {
namespace {

std::vector<ChainStep> steps_for(const options::Options& options) {
  std::vector<ChainStep> out;
  for (const ChainStep& step : chain()) {
    if (step.on(options)) out.push_back(step);
  }
  return out;
}

std::vector<std::string> breaker_texts(const options::Options& options) {
  const auto& given = options.dry_sequence_breaker;
  if (given.empty()) return {"\n", ":", "\"", "*"};
  if (given == std::vector<std::string>{"none"}) return {};
  return given;
}

// The allowed ids with a logit above -infinity, made finite.
Candidates gather_possible(Logits logits, const TokenSet* allowed, std::span<Candidate> room) {
  constexpr float lowest = std::numeric_limits<float>::lowest();
  constexpr float most = std::numeric_limits<float>::max();
  // A model may have more rows than its vocabulary has tokens.
  const size_t size = allowed ? std::min(allowed->size(), logits.size()) : logits.size();
  size_t n = 0;
  for (size_t i = 0; i < size; ++i) {
    if (!(logits[i] >= lowest) || (allowed && !(*allowed)[i])) continue;  // NaN fails too
    room[n++] = {int32_t(i), std::min(logits[i], most), 0};
  }
  return room.first(n);
}

// Where no allowed id has such a logit, they are all equal.
Candidates gather(Logits logits, const TokenSet* allowed, std::span<Candidate> room) {
  const Candidates possible = gather_possible(logits, allowed, room);
  if (!possible.empty()) return possible;
  std::fill(logits.begin(), logits.end(), 0.0f);
  return gather_possible(logits, allowed, room);
}

}  // namespace

// splitmix64 of seed and position (Steele, Lea, Flood 2014): the same number on every platform.
double random_at(uint64_t seed, uint64_t position, uint64_t stream) {
  uint64_t z = seed + (position + 1) * 0x9e3779b97f4a7c15u + stream * 0xd1b54a32d192ed03u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return double(z >> 11) * 0x1.0p-53;
}

struct Sampler::Impl {
  options::Options options;
  uint64_t seed;
  std::vector<ChainStep> steps;
  Breakers breakers;
  double mu;  // mirostat's threshold in bits; it learns from each choice
  std::vector<float> logits;
  std::vector<Candidate> candidates;
  std::vector<uint32_t> tallies, matches;

  int32_t choose(History history, const TokenSet* allowed);
};

Sampler::Sampler(const options::Options& options, size_t vocabulary, uint64_t seed,
                 const TokenBytes* tokens, size_t context)
    : impl_(new Impl{.options = options,
                     .seed = seed,
                     .steps = steps_for(options),
                     .breakers = Breakers(tokens, breaker_texts(options)),
                     .mu = 2 * options.mirostat_tau,
                     .logits = std::vector<float>(vocabulary),
                     .candidates = std::vector<Candidate>(vocabulary),
                     .tallies = std::vector<uint32_t>(vocabulary)}) {
  if (options.dry_multiplier > 0) impl_->matches.reserve(context);
}
Sampler::~Sampler() = default;
Sampler::Sampler(Sampler&&) noexcept = default;
Sampler& Sampler::operator=(Sampler&&) noexcept = default;

int32_t Sampler::choose(std::span<const float> logits, std::span<const int32_t> history,
                        const TokenSet* allowed) {
  std::copy(logits.begin(), logits.end(), impl_->logits.begin());
  return impl_->choose(history, allowed);
}

int32_t Sampler::Impl::choose(History history, const TokenSet* allowed) {
  Choice choice{options, history, random_at(seed, history.size(), 1), mu, breakers, matches, tallies,
                logits,  {}};
  auto step = steps.begin();
  for (; step != steps.end() && step->needs == Needs::logits; ++step) step->apply(choice);
  choice.in = gather(logits, allowed, candidates);
  if (choice.in.empty()) return -1;
  for (; step != steps.end(); ++step) {
    if (step->needs == Needs::probabilities) softmax(choice.in);
    step->apply(choice);
  }
  softmax(choice.in);
  const Candidate& chosen = draw(choice.in, random_at(seed, history.size()));
  // The surprise as llama.cpp measures it: among the candidates that were left.
  mu -= options.mirostat_eta * (-std::log2(double(chosen.p)) - options.mirostat_tau);
  return chosen.id;
}

}  // namespace straddle::sample
