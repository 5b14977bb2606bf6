// HTTP as pulling and pushing a model need it: many transfers by one thread, over TLS that is checked.
// All of libcurl is in here.
//
// An address is asked as it stands: a redirect is followed by asking anew, at most 10 times, to https
// alone (http too where that was allowed), and a token goes to the origin that it was given for and to
// no other. What is sent goes to the address that it is for: its redirects are not followed. No cookies,
// no user names in addresses, no compression, HTTP/1.1: each transfer has a connection of its own.
// Proxies are taken from the environment (https_proxy, no_proxy ...), certificates that are trusted from
// SSL_CERT_FILE and SSL_CERT_DIR, else the system's.
//
// Threads: a Client is used by one thread at a time; its functions are called by that thread, within
// step(). What they throw leaves step().
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::net {

// ---- addresses

struct Address {
  std::string scheme, host, port,
      text;  // small letters; the port is there also where it is the usual one
  std::string origin() const { return scheme + "://" + host + ":" + port; }
};

std::optional<Address> parse_address(const std::string& text);
// What a Location says, seen from the address that answered so.
std::optional<Address> resolve(const std::string& base, const std::string& location);
std::string percent_encoded(std::string_view text);

// ---- transfers

struct Reply {
  long status = 0;                               // 0: none came
  std::string url;                               // that answered, behind redirects
  std::optional<uint64_t> length;                // Content-Length
  std::string retry_after, authenticate, range;  // Retry-After, WWW-Authenticate, Content-Range
  std::string elsewhere;                         // where a redirect leads that was not followed
  std::string location, received;                // Location of no redirect, Range: of what was sent
};

enum class End : uint8_t {
  whole,        // the reply is complete, whatever its status
  refused,      // a function of the request returned false
  stalled,      // nearly nothing came for as long as the client has patience
  cut,          // the connection broke
  unreachable,  // there was none: no such host, or it does not answer
  bad_address,  // an address or redirect that is not followed
  untrusted,    // the certificate is not the host's
};

struct Ended {
  End how = End::cut;
  Reply reply = {};
  std::string why = {};  // empty of whole and refused
};

struct HttpRange {
  uint64_t begin = 0, end = 0;
};

// What a request sends.
struct HttpContent {
  std::string type;   // Content-Type; empty: none
  std::string range;  // Content-Range; empty: none
  uint64_t size = 0;
  // Bytes from `at` on, which are there: how many it gave; 0 ends the transfer.
  std::function<size_t(uint64_t at, std::span<uint8_t> to)> read = {};
};

struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::string accept = {};
  std::string token = {};  // Bearer, for the origin of url
  std::optional<HttpRange> range = {};
  std::optional<HttpContent> content = {};
  int patience = 1;                              // how many times the client's: where much is to be done
  bool stays = false;                            // a redirect to another origin is the reply
  std::function<bool(const Reply&)> begin = {};  // behind the headers, of all but redirects
  std::function<bool(std::span<const uint8_t>)> body = {};
  std::function<void(const Ended&)> ended = {};  // once, unless stop() came first
};

struct ClientOptions {
  bool plain_http = false;
  // Of a transfer that moves less than 1,000 bytes a second: how long it may.
  std::chrono::milliseconds patience = std::chrono::seconds(30);
  std::string agent = "straddle";
};

class Client {
 public:
  static Result<Client> create(const ClientOptions& options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) = delete;
  ~Client();  // stops what runs

  uint64_t start(HttpRequest request);
  void stop(uint64_t transfer);               // not within a function of a request
  void step(std::chrono::milliseconds most);  // waits until something comes, and hands it over

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// ---- one small reply

struct Fetched {
  Ended ended;  // with why where no reply can be used
  std::string body;
};

// Steps the client until the request has ended; one whose reply has more than `most` bytes is refused.
// interrupted where goes_on, asked ten times a second, says false.
Result<Fetched> fetch(Client& client, HttpRequest request, size_t most,
                      const std::function<bool()>& goes_on);

// What a request that ended without a reply means to a person: "HOST: Could not resolve host".
Error error_of(const Ended& ended);

}  // namespace straddle::net
