// What a registry says with status 401.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace straddle::store {

// Bearer realm="https://...",service="...",scope="..." of WWW-Authenticate.
struct Challenge {
  std::string realm, service, scope;
};

// Nullopt where it is no challenge of this kind.
std::optional<Challenge> parse_challenge(std::string_view header);

// The address of a token: the realm with service and scope behind it.
std::string token_address(const Challenge& challenge);

}  // namespace straddle::store
