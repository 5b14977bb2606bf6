#include "net/net.h"

namespace straddle::net {

Error error_of(const Ended& ended) {
  const auto address = parse_address(ended.reply.url);
  Error out{ErrorKind::io, address ? address->host : ended.reply.url, ended.why, ""};
  if (ended.how == End::untrusted)
    out.hint = "where a proxy or a company signs for it, name its certificate in SSL_CERT_FILE";
  return out;
}

Result<Fetched> fetch(Client& client, HttpRequest request, size_t most,
                      const std::function<bool()>& goes_on) {
  Fetched out;
  bool ended = false, too_large = false;
  request.body = [&](std::span<const uint8_t> bytes) {
    too_large = bytes.size() > most - out.body.size();
    if (!too_large) out.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return !too_large;
  };
  request.ended = [&](const Ended& how) { out.ended = how, ended = true; };
  const uint64_t transfer = client.start(std::move(request));
  while (!ended) {
    if (!goes_on()) {
      client.stop(transfer);
      return fail(ErrorKind::interrupted, "", "");
    }
    client.step(std::chrono::milliseconds(100));
  }
  if (too_large) out.ended.why = "its answer is unreasonably large";
  return out;
}

}  // namespace straddle::net
