#include "store/challenge.h"

#include <algorithm>

#include "base/lower_case.h"
#include "net/net.h"

namespace straddle::store {
namespace {

constexpr std::string_view kBlanks = " \t,";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

// A text in quotes, where \" is one of its characters, or a word.
std::string take_value(std::string_view& text) {
  std::string out;
  const bool quoted = text.starts_with('"');
  if (quoted) text.remove_prefix(1);
  while (!text.empty() && (quoted ? text[0] != '"' : kBlanks.find(text[0]) == kBlanks.npos)) {
    if (quoted && text[0] == '\\' && text.size() > 1) text.remove_prefix(1);
    out += text[0];
    text.remove_prefix(1);
  }
  if (!text.empty()) text.remove_prefix(1);
  return out;
}

}  // namespace

std::optional<Challenge> parse_challenge(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (!lower_case(header.substr(0, kScheme.size())).starts_with(kScheme)) return std::nullopt;
  header.remove_prefix(kScheme.size());
  Challenge out;
  for (skip_blanks(header); !header.empty(); skip_blanks(header)) {
    const size_t equals = header.find('=');
    if (equals == header.npos) break;
    const std::string name = lower_case(header.substr(0, equals));
    header.remove_prefix(equals + 1);
    const std::string value = take_value(header);
    if (name == "realm") out.realm = value;
    if (name == "service") out.service = value;
    if (name == "scope") out.scope = value;
  }
  return out.realm.empty() ? std::nullopt : std::optional(out);
}

std::string token_address(const Challenge& challenge) {
  std::string out = challenge.realm;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += out.find('?') == out.npos ? '?' : '&';
    out.append(name).append("=").append(net::percent_encoded(value));
  };
  add("service", challenge.service);
  std::string_view scopes = challenge.scope;
  for (skip_blanks(scopes); !scopes.empty(); skip_blanks(scopes)) {
    const size_t end = std::min(scopes.find(' '), scopes.size());
    add("scope", scopes.substr(0, end));
    scopes.remove_prefix(end);
  }
  return out;
}

}  // namespace straddle::store
