// Logits -> id: a chain of small steps over candidates (chain.cpp has their order), and masks that say
// which tokens may come at all. docs/sampling.md.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/options.h"

namespace straddle::sample {

// A text's randomness: a number in [0, 1) per position, from the seed alone, so that a text repeats
// whatever was computed beside it. Streams of one position are independent of each other.
double random_at(uint64_t seed, uint64_t position, uint64_t stream = 0);

// What each token adds to a text, in bytes. Made once per model, shared by its answers.
class TokenBytes {
 public:
  // bytes: empty for tokens that show nothing. ends: the tokens that end an answer.
  TokenBytes(std::span<const std::string> bytes, std::vector<int32_t> ends);

  size_t size() const { return starts_.size() - 1; }
  std::string_view of(int32_t id) const {  // empty out of range
    if (id < 0 || size_t(id) >= size()) return {};
    const size_t start = starts_[size_t(id)];
    return std::string_view(bytes_).substr(start, starts_[size_t(id) + 1] - start);
  }
  std::span<const int32_t> ends() const { return ends_; }

 private:
  std::string bytes_;
  std::vector<size_t> starts_;  // [tokens + 1], into bytes_
  std::vector<int32_t> ends_;
};

// A set of ids: a bit for each token of a vocabulary.
class TokenSet {
 public:
  explicit TokenSet(size_t tokens) : words_((tokens + 63) / 64) {}
  bool has(int32_t id) const { return words_[size_t(id) / 64] >> (size_t(id) % 64) & 1; }
  void insert(int32_t id) { words_[size_t(id) / 64] |= uint64_t(1) << (size_t(id) % 64); }
  void clear() { words_.assign(words_.size(), 0); }
  bool operator==(const TokenSet&) const = default;

 private:
  std::vector<uint64_t> words_;
};

class Sampler {
 public:
  // Sizes everything for a vocabulary, and for histories of `context` tokens: choose() allocates
  // nothing after that. tokens: where DRY looks for its sequence breakers; without it there are none.
  // It must outlive the sampler.
  Sampler(const options::Options& options, size_t vocabulary, uint64_t seed,
          const TokenBytes* tokens = nullptr, size_t context = 0);
  ~Sampler();
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) noexcept;

  // logits: [vocabulary]; NaN counts as -infinity. history: all tokens so far, prompt included. allowed:
  // the tokens to choose from; -1 if there is none, then the answer ends here. Temperature 0 takes the
  // best token, the smallest id among equals.
  int32_t choose(std::span<const float> logits, std::span<const int32_t> history,
                 const TokenSet* allowed = nullptr);

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

}  // namespace straddle::sample
