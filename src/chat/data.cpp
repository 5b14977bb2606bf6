#include "chat/data.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace straddle::chat {
namespace {

constexpr uint32_t kDeepestJson = 200;  // deeper than templates take: they name what is wrong

}  // namespace

Data from_json(const Json& json, const Sources& by, uint32_t depth) {
  if (depth > kDeepestJson) return {};
  switch (json.type()) {
    case Json::value_t::boolean:
      return {json.get<bool>(), by.rest};
    case Json::value_t::number_integer:
      return {json.get<int64_t>(), by.rest};
    case Json::value_t::number_unsigned:
      return {json.get<uint64_t>(), by.rest};
    case Json::value_t::number_float:
      return {json.get<double>(), by.rest};
    case Json::value_t::string:
      return {std::string_view(json.get_ref<const std::string&>()), by.words};
    case Json::value_t::array: {
      Data::List items;
      for (const Json& item : json) items.push_back(from_json(item, by, depth + 1));
      return {std::move(items), by.rest};
    }
    case Json::value_t::object: {
      Data::Dict entries;
      for (const auto& [key, value] : json.items()) {
        const bool words = key == "text" || by.words == by.rest;
        entries.push_back({key, from_json(value, words ? by : Sources{by.rest, by.rest}, depth + 1)});
      }
      return {std::move(entries), by.rest};
    }
    default:
      return {Data::Nothing(), by.rest};
  }
}

bool is_usual_role(std::string_view role) {
  static constexpr std::string_view kRoles[] = {"system", "user",      "assistant",
                                                "tool",   "developer", "function"};
  return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

}  // namespace straddle::chat
