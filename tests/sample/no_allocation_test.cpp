// Choosing a token allocates nothing, whatever steps are on: a counter behind operator new stays still.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "sample/sample.h"
#include "sample/with.h"

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t bytes) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(bytes ? bytes : 1);
}

void* checked(void* p) {
  if (!p) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(std::size_t bytes) { return checked(counted(bytes)); }
void* operator new[](std::size_t bytes) { return checked(counted(bytes)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace straddle::sample {
namespace {

TEST(NoAllocation, OfAChoice) {
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.emplace_back(1, char(byte));
  const TokenBytes tokens(bytes, {0});
  const JsonMask mask(tokens);
  const std::vector<float> logits(256, 1);
  const std::vector<int32_t> history(64, 'a');
  for (const auto& o :
       {with({"temperature=0.8", "logit_bias=3-1", "repeat_penalty=1.1", "dry_multiplier=1",
              "top_n_sigma=2", "top_k=90", "typical_p=0.9", "top_p=0.9", "min_p=0.1",
              "xtc_probability=0.5"}),
        with({"mirostat=1", "dynatemp_range=0.5", "dry_multiplier=1", "dry_sequence_breaker=xyz"}),
        with({"mirostat=2"}), with({"temperature=0"})}) {
    Sampler sampler(o, 256, 1, &tokens, history.size());
    JsonAnswer answer(mask);
    const long before = allocations.load();
    for (size_t n = 0; n <= history.size(); ++n)
      answer.accept(sampler.choose(logits, std::span(history).first(n), &answer.allowed()));
    EXPECT_EQ(allocations.load(), before);
  }
}

}  // namespace
}  // namespace straddle::sample
