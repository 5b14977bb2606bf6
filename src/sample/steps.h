// The steps that a chain is made of, as pure functions. First come those over all logits by id, then
// those over the candidates that are left: at least one, every logit finite, and where a step reads p,
// it is softmax(logits) of the candidates given. A step allocates nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sample/sample.h"

namespace straddle::sample {

struct Candidate {
  int32_t id;
  float logit;
  float p;
};

using Logits = std::span<float>;  // [vocabulary], by id
using Candidates = std::span<Candidate>;
using History = std::span<const int32_t>;

// ---- over logits by id

void add_bias(Logits logits, std::span<const options::TokenBias> biases);

// For tokens that occur in `window`, c times: first logit / repeat where positive, * repeat where
// negative (arXiv 1909.05858), then - presence - c * frequency (OpenAI's).
struct Penalties {
  float repeat, presence, frequency;
};
// counts: [vocabulary], all 0 before and after.
void penalise(Logits logits, History window, const Penalties& penalties, std::span<uint32_t> counts);

// DRY (github.com/oobabooga/text-generation-webui/pull/5677): a token that would make the last n >=
// allowed_length tokens, which stood in the window before, be followed by the same token again loses
// multiplier * base^(n - allowed_length). What a breaker ends is not repeated across it, and a token
// that has one in it may always come.
struct Dry {
  double multiplier, base;
  size_t allowed_length;  // at least 1
};
class Breakers {
 public:
  Breakers() = default;
  Breakers(const TokenBytes* tokens, std::vector<std::string> texts);
  // How many tokens stand behind the one in which the last breaker ends.
  size_t tokens_since(History window) const;
  bool within(int32_t id) const;

 private:
  bool end_at(History window, size_t token, size_t byte) const;
  const TokenBytes* tokens_ = nullptr;
  std::vector<std::string> texts_;
};
// matches: room for the window, grows if it must. longest: [vocabulary], all 0 before and after. Linear
// in the window (Gusfield's Z algorithm).
void penalise_repetition(Logits logits, History window, const Dry& dry, const Breakers& breakers,
                         std::vector<uint32_t>& matches, std::span<uint32_t> longest);

// ---- over candidates; what stays keeps its order, or is sorted best first, the smaller id among equals

// max - n * standard deviation (arXiv 2411.07641).
Candidates keep_top_n_sigma(Candidates in, double n);
Candidates keep_top_k(Candidates in, size_t k);
// The fewest candidates nearest to the expected surprise whose probabilities reach p (arXiv 2202.00666).
Candidates keep_typical(Candidates in, double p);
// The fewest best candidates whose probabilities reach p (arXiv 1904.09751).
Candidates keep_top_p(Candidates in, double p);
// Those with at least min_p times the best one's probability (arXiv 2407.01082).
Candidates keep_min_p(Candidates in, double min_p);
// Of those with at least `threshold` only the least probable stays (XTC,
// github.com/oobabooga/text-generation-webui/pull/6335).
Candidates exclude_top_choices(Candidates in, double threshold);

// Mirostat (arXiv 2007.14966). 1: the k best, k from Zipf's exponent of the 100 best and the surprise
// mu. 2: those with a surprise of at most mu bits, or the best.
Candidates keep_mirostat_1(Candidates in, double mu, size_t vocabulary);
Candidates keep_mirostat_2(Candidates in, double mu);

// range + entropy: t - range .. t + range, by the entropy's share of what it could be, to the exponent
// (llama.cpp's dynatemp).
double dynamic_temperature(Candidates in, double t, double range, double exponent);
// (logit - best) / temperature.
void apply_temperature(Candidates in, double temperature);

void softmax(Candidates in);
// The candidate at `random` of the cumulated probabilities.
const Candidate& draw(Candidates in, double random);

}  // namespace straddle::sample
