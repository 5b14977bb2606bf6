// The one table of services that names stand for: nothing else in the program names a host.
#pragma once
#include <array>
#include <string_view>

namespace straddle::store {

struct KnownHost {
  std::string_view name;
  std::string_view also;   // another name of the same service; empty: none
  std::string_view token;  // the variable that holds a user's token for it; empty: none
};

// The first is meant where a name has no host.
inline constexpr std::array<KnownHost, 2> kHosts = {
    {{"registry.ollama.ai", "", ""}, {"hf.co", "huggingface.co", "HF_TOKEN"}}};

inline constexpr std::string_view kDefaultHost = kHosts[0].name;
inline constexpr std::string_view kDefaultNamespace = "library";
inline constexpr std::string_view kDefaultTag = "latest";

}  // namespace straddle::store
