#include "golden_cases.h"

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "testing/golden.h"

namespace straddle::text {
namespace {

std::string from_base64(const std::string& in) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0, held = 0;
  for (const char c : in) {
    const size_t value = alphabet.find(c);
    if (value == std::string::npos) break;  // padding
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held >= 8) out += static_cast<char>(bits >> (held -= 8) & 0xFF);
  }
  return out;
}

std::string text_of(const nlohmann::json& row, const std::string& key) {
  return row.contains(key) ? row[key].get<std::string>() : from_base64(row[key + "_b64"]);
}

}  // namespace

std::vector<GoldenCase> read_golden_cases(const std::string& path) {
  std::vector<GoldenCase> out;
  std::istringstream lines(testing::read_text(path));
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line);
    out.push_back({text_of(row, "text"),
                   row.contains("text"),
                   {.add_special = row["add_special"], .parse_special = row["parse_special"]},
                   row["ids"],
                   row.contains("detok") || row.contains("detok_b64") ? text_of(row, "detok") : ""});
  }
  return out;
}

}  // namespace straddle::text
