// Sizes and counts in messages, in powers of 1000: "640 kB", "350 MB", "12.4 GB".
#pragma once
#include <cstdint>
#include <string>

namespace straddle {

// Rounded up or down, so that what is needed never reads as what is there where it is more.
std::string size_needed(uint64_t bytes);
std::string size_free(uint64_t bytes);
// "needs 43.2 GB of memory, 8.0 GB may be used".
std::string memory_missing(uint64_t needed, uint64_t usable);

// 7.2B, 7B, 137.00M, 12K, 999: how many values a model has, as Ollama says it.
std::string short_count(uint64_t count);

}  // namespace straddle
