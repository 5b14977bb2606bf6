#include "store/registry.h"

#include <algorithm>
#include <charconv>
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
constexpr long kOk = 200, kCreated = 201, kUnauthorized = 401, kForbidden = 403, kNotFound = 404;

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

std::string first_of_errors(const nlohmann::json& answer) {
  const auto errors = answer.is_object() ? answer.find("errors") : answer.end();
  if (errors == answer.end() || !errors->is_array() || errors->empty()) return {};
  const std::string code = text_at((*errors)[0], "code"), message = text_at((*errors)[0], "message");
  return code.empty() || message.empty() ? code + message : code + ": " + message;
}

// {"error":"..."}, {"errors":[{"code":"...","message":"..."}]}, else the answer itself, cut to what a
// line may hold.
std::string text_of(const std::string& body) {
  constexpr size_t kMost = 500;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  std::string out = text_at(json, "error");
  if (out.empty()) out = first_of_errors(json);
  if (out.empty()) out = replace_invalid(body);
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out.size() > kMost ? replace_invalid(out.substr(0, kMost)) + "..." : out;
}

// "0-99" or "bytes=0-99".
std::optional<uint64_t> bytes_received(std::string_view range) {
  constexpr std::string_view kUnit = "bytes=", kFromStart = "0-";
  if (range.starts_with(kUnit)) range.remove_prefix(kUnit.size());
  if (!range.starts_with(kFromStart)) return std::nullopt;
  range.remove_prefix(kFromStart.size());
  uint64_t last = 0;
  const auto [end, error] = std::from_chars(range.data(), range.data() + range.size(), last);
  if (error != std::errc() || end != range.data() + range.size() || last == UINT64_MAX)
    return std::nullopt;
  return last + 1;
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
  const std::string text = text_of(answer.body);
  return fail(ErrorKind::io, "", std::to_string(status) + (text.empty() ? "" : ": " + text),
              hint_for(status));
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
  net::HttpRequest request = call.request;
  request.token = token_;
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

Status Registry::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (!goes_on_()) return fail(ErrorKind::interrupted, "", "");
    client_.step(std::chrono::milliseconds(10));
  }
  return {};
}

Result<std::string> Registry::manifest() {
  const std::string accept(kManifestType);
  auto answer = TRY(ask({.request = {.url = manifest_url(), .accept = accept}, .wants_body = true}));
  if (answer.ended.reply.status != kOk) return refused(answer);
  return std::move(answer.body);
}

Result<DataAddress> Registry::locate(const Digest& digest) {
  const auto answer = TRY(ask({.request = {.url = blob_url(digest)}, .waits_for_host = true}));
  const net::Reply& reply = answer.ended.reply;
  if (reply.status >= 400) return refused(answer);
  if (!reply.elsewhere.empty()) return DataAddress{reply.elsewhere, ""};
  return DataAddress{reply.url, token_};
}

// ---- pushing

Status Registry::check_takes_pushes() const {
  if (!known_host(name_.host)) return {};
  return fail(ErrorKind::unsupported, name_.shown(),
              "pushing to " + name_.host + " needs an account there, and straddle cannot log in",
              "give it a name with a registry of yours: straddle cp " + name_.shown() +
                  " HOST/NAMESPACE/MODEL, and push that");
}

Result<bool> Registry::has(const Digest& digest) {
  const auto answer =
      TRY(ask({.request = {.url = blob_url(digest), .method = "HEAD"}, .waits_for_host = true}));
  const long status = answer.ended.reply.status;
  if (status == kNotFound) return false;
  if (status >= 400) return refused(answer);
  return true;
}

Result<std::optional<Upload>> Registry::begin_upload(const Digest& digest, const std::string& other) {
  std::string url = repository() + "/blobs/uploads/";
  if (!other.empty())
    url += "?mount=" + net::percent_encoded(digest.text()) + "&from=" + net::percent_encoded(other);
  const auto answer = TRY(ask({.request = {.url = url, .method = "POST", .content = net::HttpContent{}},
                               .wants_body = true,
                               .waits_for_host = true}));
  const net::Reply& reply = answer.ended.reply;
  if (reply.status >= 300) return refused(answer);
  if (reply.status == kCreated && !other.empty()) return std::nullopt;
  if (reply.location.empty())
    return fail(ErrorKind::io, name_.host, "does not say where the bytes of a blob shall go");
  return TRY(next({url}, reply, 0));
}

Result<net::Fetched> Registry::send(const Upload& upload, net::HttpContent content) {
  return ask_with_token(
      {.request = {.url = upload.url, .method = "PATCH", .content = std::move(content)},
       .wants_body = true});
}

Result<net::Fetched> Registry::finish(const Upload& upload, const Digest& digest) {
  constexpr int kPatience = 10;  // all of the blob may be read once more, and copied
  const char mark = upload.url.find('?') == upload.url.npos ? '?' : '&';
  const std::string url = upload.url + mark + "digest=" + net::percent_encoded(digest.text());
  return ask_with_token(
      {.request = {.url = url, .method = "PUT", .content = net::HttpContent{}, .patience = kPatience},
       .wants_body = true});
}

Result<std::optional<Upload>> Registry::find(const Upload& upload) {
  const auto answer =
      TRY(ask({.request = {.url = upload.url}, .wants_body = true, .waits_for_host = true}));
  const net::Reply& reply = answer.ended.reply;
  const auto have = bytes_received(reply.received);
  if (reply.status >= 300 || !have) return std::nullopt;
  return TRY(next(upload, reply, *have > 1 ? *have : 0));  // of nothing they say "0-0", as of one byte
}

// A model is sent to nobody but who was named.
Result<Upload> Registry::next(const Upload& upload, const net::Reply& reply, uint64_t sent) const {
  const uint64_t have = std::min(bytes_received(reply.received).value_or(sent), sent);
  if (reply.location.empty()) return Upload{upload.url, have};
  const auto own = net::parse_address(base()), to = net::resolve(reply.url, reply.location);
  if (own && to && own->origin() == to->origin()) return Upload{to->text, have};
  return fail(ErrorKind::io, name_.host,
              "wants the model sent to " + (to ? to->origin() : reply.location) + ", not to itself",
              "nothing was sent there");
}

Status Registry::put_manifest(std::string_view text) {
  const auto read = [text](uint64_t at, std::span<uint8_t> to) {
    std::ranges::copy(text.substr(size_t(at), to.size()), to.begin());
    return to.size();
  };
  const net::HttpContent content{.type = std::string(kManifestType), .size = text.size(), .read = read};
  const auto answer = TRY(ask({.request = {.url = manifest_url(), .method = "PUT", .content = content},
                               .wants_body = true,
                               .waits_for_host = true}));
  if (answer.ended.reply.status >= 300) return refused(answer);
  return {};
}

}  // namespace straddle::store
