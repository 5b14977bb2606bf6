// JSON that comes from outside (messages, lines of a batch, saved sessions), and that goes out.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace straddle::cli {

// Half a surrogate pair ("\ud83d", as a program leaves it that cuts text between two of its 16-bit
// units) becomes U+FFFD. What is no JSON comes back as a discarded value.
nlohmann::ordered_json parse_json(std::string text);

// What --json prints: one line. In this and in a quoted text, bytes that are no UTF-8 become U+FFFD, as
// names of files may have some.
std::string json_line(const nlohmann::ordered_json& json);
std::string quoted_json(std::string_view text);

}  // namespace straddle::cli
