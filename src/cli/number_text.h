// Counts, sizes and times as people read them, in the forms that Ollama's users and scripts know.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace straddle::cli {

// 7.2B, 7B, 137.00M, 12K, 999.
std::string short_count(uint64_t count);

// Decimal units: 13 GB, 4.7 GB, 2 GB, 512 B.
std::string short_bytes(uint64_t bytes);

// "1.234567s", "130.079ms", "15µs", "1m40s": as Go prints durations.
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace straddle::cli
