// Sizes in messages, in powers of 1000: "640 KB", "350 MB", "12.4 GB".
#pragma once
#include <cstdint>
#include <string>

namespace straddle {

// Rounded up or down, so that what is needed never reads as what is there where it is more.
std::string size_needed(uint64_t bytes);
std::string size_free(uint64_t bytes);

}  // namespace straddle
