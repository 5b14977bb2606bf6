// Counts, sizes and times as people read them, in the forms that Ollama's users and scripts know.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace straddle::cli {

// Decimal units: 13 GB, 4.7 GB, 2 GB, 512 B.
std::string short_bytes(uint64_t bytes);

// How long ago it was, for a table: "5 hours ago", "About a minute ago"; "2 days from now".
std::string age_text(std::chrono::seconds age);

// "1.234567s", "130.079ms", "15µs", "1m40s": as Go prints durations.
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace straddle::cli
