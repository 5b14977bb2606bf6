#include "store/registry.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/environment.h"
#include "base/lower_case.h"
#include "base/utf8.h"
#include "store/challenge.h"
#include "store/hosts.h"
#include "store/retries.h"

namespace straddle::store {
namespace {

constexpr std::string_view kManifestType = "application/vnd.docker.distribution.manifest.v2+json";
constexpr long kOk = 200, kUnauthorized = 401, kForbidden = 403, kNotFound = 404;

bool is_of(const KnownHost& host, std::string_view name) {
  return lower_case(name) == host.name || (!host.also.empty() && lower_case(name) == host.also);
}

const KnownHost* known_host(std::string_view name) {
  const auto found = std::ranges::find_if(kHosts, [&](const KnownHost& h) { return is_of(h, name); });
  return found == kHosts.end() ? nullptr : &*found;
}

bool same_service(std::string_view a, std::string_view b) {
  const KnownHost* known = known_host(a);
  return lower_case(a) == lower_case(b) || (known && known == known_host(b));
}

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// {"error":"..."}, else the answer itself, cut to what a line may hold.
std::string text_of(const std::string& body) {
  constexpr size_t kMost = 500;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  std::string out = text_at(json, "error");
  if (out.empty()) out = replace_invalid(body);
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out.size() > kMost ? replace_invalid(out.substr(0, kMost)) + "..." : out;
}

}  // namespace

Registry::Registry(net::Client& client, ModelName name, bool insecure,
                   std::chrono::milliseconds patience, std::function<bool()> goes_on)
    : client_(client),
      name_(std::move(name)),
      insecure_(insecure),
      patience_(patience),
      goes_on_(std::move(goes_on)) {
  const KnownHost* known = known_host(name_.host);
  if (known && !known->token.empty() && !insecure_) token_ = environment(std::string(known->token));
}

std::string Registry::hint_for(long status) const {
  if (status != kUnauthorized && status != kForbidden) return {};
  const KnownHost* known = known_host(name_.host);
  if (!known || known->token.empty()) return "it may be private: straddle cannot log in";
  return "where it is private or asks for consent, give that at https://" + std::string(known->name) +
         "/" + name_.owner + "/" + name_.model + " and set " + std::string(known->token) +
         " to a token of yours";
}

tl::unexpected<Error> Registry::refused(const net::Fetched& answer) const {
  const long status = answer.ended.reply.status;
  if (status == kNotFound) return fail(ErrorKind::not_found, "", "file does not exist");
  return fail(ErrorKind::io, "", std::to_string(status) + ": " + text_of(answer.body), hint_for(status));
}

// A token is worth something: who else would like one is not asked.
Status Registry::check_realm(const std::string& realm) const {
  const auto own = net::parse_address(base()), other = net::parse_address(realm);
  const bool same = own && other && own->port == other->port && same_service(own->host, other->host);
  if (same && other->scheme == own->scheme) return {};
  return fail(ErrorKind::io, name_.host, "wants a token of " + (other ? other->host : realm),
              "tokens are asked for at the registry alone");
}

Status Registry::take_token(const net::Reply& reply) {
  const auto challenge = parse_challenge(reply.authenticate);
  if (!challenge) return fail(ErrorKind::io, "", "401: unauthorized", hint_for(kUnauthorized));
  TRY(check_realm(challenge->realm));
  net::HttpRequest request{.url = token_address(*challenge)};
  const auto answer = TRY(net::fetch(client_, std::move(request), kLargestJson, goes_on_));
  if (!answer.ended.why.empty()) return tl::unexpected<Error>(net::error_of(answer.ended));
  if (answer.ended.reply.status != kOk) return refused(answer);
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  token_ = text_at(json, "token");
  const bool plain = std::ranges::all_of(token_, [](char c) { return c > ' ' && c < 127; });
  if (!token_.empty() && plain) return {};
  token_.clear();
  return fail(ErrorKind::io, name_.host, "gave no token", hint_for(kUnauthorized));
}

Result<net::Fetched> Registry::ask_once(const Call& call) {
  net::HttpRequest request{.url = base() + call.path, .accept = call.accept, .token = token_};
  if (!call.wants_body) request.begin = [](const net::Reply& reply) { return reply.status >= 400; };
  request.stays = !call.wants_body;
  return net::fetch(client_, std::move(request), kLargestJson, goes_on_);
}

Result<net::Fetched> Registry::ask_with_token(const Call& call) {
  auto answer = TRY(ask_once(call));
  if (answer.ended.reply.status != kUnauthorized) return answer;
  TRY(take_token(answer.ended.reply));
  return ask_once(call);
}

Result<net::Fetched> Registry::ask(const Call& call) {
  Retries retries(patience_);
  for (;;) {
    auto answer = TRY(ask_with_token(call));
    const net::Ended& ended = answer.ended;
    const bool lost = ended.how == net::End::unreachable && !call.waits_for_host;
    const auto wait_for = may_pass(ended) && !lost ? retries.failed(ended.reply) : std::nullopt;
    if (wait_for) {
      TRY(wait(*wait_for));
      continue;
    }
    if (!ended.why.empty()) return tl::unexpected<Error>(net::error_of(ended));
    return answer;
  }
}

// Other transfers go on meanwhile.
Status Registry::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (!goes_on_()) return fail(ErrorKind::interrupted, "", "");
    client_.step(std::chrono::milliseconds(10));
  }
  return {};
}

Result<std::string> Registry::manifest() {
  const std::string repository = "/v2/" + name_.owner + "/" + name_.model;
  auto answer = TRY(ask({repository + "/manifests/" + name_.tag, std::string(kManifestType), true}));
  if (answer.ended.reply.status != kOk) return refused(answer);
  return std::move(answer.body);
}

Result<DataAddress> Registry::locate(const Digest& digest) {
  const std::string path = "/v2/" + name_.owner + "/" + name_.model + "/blobs/" + digest.text();
  const auto answer = TRY(ask({path, "", false, true}));
  const net::Reply& reply = answer.ended.reply;
  if (reply.status >= 400) return refused(answer);
  if (!reply.elsewhere.empty()) return DataAddress{reply.elsewhere, ""};
  return DataAddress{reply.url, token_};
}

}  // namespace straddle::store
