// The samplers' definitions, written down plainly in double: what the fast ones are compared with.
#pragma once
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace straddle::sample::naive {

using Values = std::map<int32_t, double>;  // id -> logit, or -> probability

Values from(const std::vector<float>& logits);
Values softmax(const Values& logits);

Values top_n_sigma(const Values& logits, double n);
Values top_k(const Values& logits, size_t k);
Values typical(const Values& logits, double p);
Values top_p(const Values& logits, double p);
Values min_p(const Values& logits, double min_p);
Values without_top_choices(const Values& logits, double threshold);
Values mirostat_1(const Values& logits, double mu, size_t vocabulary);
Values mirostat_2(const Values& logits, double mu);
Values temperature(const Values& logits, double t);

// For each id that DRY would penalise: by how much. texts: the bytes of each token.
Values dry(const std::vector<int32_t>& window, double multiplier, double base, size_t allowed,
           const std::vector<std::string>& texts, const std::vector<std::string>& breakers);

// Logits of several shapes: flat, steep, with ties.
std::vector<float> random_logits(std::mt19937& random, size_t n);

}  // namespace straddle::sample::naive
