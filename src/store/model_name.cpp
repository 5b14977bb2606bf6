#include "store/model_name.h"

#include <algorithm>
#include <vector>

#include "base/lower_case.h"
#include "store/hosts.h"

namespace straddle::store {
namespace {

// What a part may hold, by Ollama's rules.
struct PartRule {
  std::string_view what;
  size_t longest;
  std::string_view marks;  // beside letters, digits, '_' and '-', from the second character on
};
constexpr PartRule kHostRule{"host", 350, ".:"}, kOwnerRule{"namespace", 80, ""},
    kModelRule{"model", 80, "."}, kTagRule{"tag", 80, "."};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool may_begin(char c) { return is_letter_or_digit(c) || c == '_'; }

tl::unexpected<Error> refuse(std::string_view typed, const std::string& why) {
  constexpr size_t kShown = 100;
  const std::string shown = std::string(typed.substr(0, kShown)) + (typed.size() > kShown ? "..." : "");
  return fail(ErrorKind::usage, shown, "invalid model name: " + why,
              "a name is NAMESPACE/MODEL:TAG; of these only MODEL must be there");
}

Status check_part(std::string_view part, const PartRule& rule, std::string_view typed) {
  const std::string what(rule.what);
  if (part.empty()) return refuse(typed, "its " + what + " is empty");
  if (part.size() > rule.longest)
    return refuse(typed,
                  "its " + what + " has more than " + std::to_string(rule.longest) + " characters");
  if (!may_begin(part[0])) return refuse(typed, "its " + what + " begins with no letter, digit or _");
  const auto fits = [&](char c) {
    return may_begin(c) || c == '-' || rule.marks.find(c) != rule.marks.npos;
  };
  if (std::all_of(part.begin(), part.end(), fits)) return {};
  return refuse(typed, "its " + what + " holds more than letters, digits, _ and -" +
                           (rule.marks.empty() ? "" : " and " + std::string(1, rule.marks[0])));
}

Status check(const ModelName& name, std::string_view typed) {
  TRY(check_part(name.host, kHostRule, typed));
  TRY(check_part(name.owner, kOwnerRule, typed));
  TRY(check_part(name.model, kModelRule, typed));
  return check_part(name.tag, kTagRule, typed);
}

// Takes "https://" or "http://" away.
Status take_scheme(std::string_view& rest, ModelName& name, std::string_view typed) {
  const size_t at = rest.find("://");
  if (at == rest.npos) return {};
  const std::string scheme = lower_case(rest.substr(0, at));
  if (scheme != "https" && scheme != "http")
    return refuse(typed, "it begins with neither https:// nor http://");
  name.plain_http = scheme == "http";
  rest.remove_prefix(at + 3);
  return {};
}

// A ':' behind the last '/' begins a tag; one before it belongs to a host.
void take_tag(std::string_view& rest, ModelName& name) {
  name.tag = kDefaultTag;
  const size_t colon = rest.rfind(':'), slash = rest.rfind('/');
  if (colon == rest.npos || (slash != rest.npos && colon < slash)) return;
  name.tag = rest.substr(colon + 1);
  rest = rest.substr(0, colon);
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = text.find('/'); at != text.npos; at = text.find('/')) {
    out.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  out.push_back(text);
  return out;
}

}  // namespace

std::string ModelName::path() const { return host + "/" + owner + "/" + model + "/" + tag; }

std::string ModelName::shown() const {
  const bool usual_host = lower_case(host) == kDefaultHost;
  const bool usual_owner = usual_host && lower_case(owner) == kDefaultNamespace;
  return (usual_host ? "" : host + "/") + (usual_owner ? "" : owner + "/") + model + ":" + tag;
}

Result<ModelName> parse_model_name(std::string_view typed) {
  ModelName out;
  std::string_view rest = typed;
  TRY(take_scheme(rest, out, typed));
  take_tag(rest, out);
  const auto parts = parts_of(rest);
  const size_t count = parts.size();
  if (count > 3) return refuse(typed, "it has more than three parts");
  out.host = count > 2 ? parts[0] : kDefaultHost;
  out.owner = count > 1 ? parts[count - 2] : kDefaultNamespace;
  out.model = parts[count - 1];
  TRY(check(out, typed));
  return out;
}

Result<ModelName> model_name_of(std::string_view host, std::string_view owner, std::string_view model,
                                std::string_view tag) {
  ModelName out{std::string(host), std::string(owner), std::string(model), std::string(tag)};
  TRY(check(out, out.path()));
  return out;
}

bool same_model(const ModelName& a, const ModelName& b) {
  return lower_case(a.path()) == lower_case(b.path());
}

}  // namespace straddle::store
