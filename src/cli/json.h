// JSON that comes from outside: messages, lines of a batch, saved sessions.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace straddle::cli {

// Half a surrogate pair ("\ud83d", as a program leaves it that cuts text between two of its 16-bit
// units) becomes U+FFFD. What is no JSON comes back as a discarded value.
nlohmann::ordered_json parse_json(std::string text);

}  // namespace straddle::cli
