// The calls of a registry that pulling and pushing need, as Ollama makes them; the service of Hugging
// Face answers those of pulling, plain registries of containers all.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/net.h"
#include "store/manifest.h"
#include "store/model_name.h"

namespace straddle::store {

// Where the bytes of a blob are. The address may be signed, and then it expires.
struct DataAddress {
  std::string url;
  std::string token;  // empty where it is of another origin than the registry
};

// Where the bytes of a blob go, and how many of them the registry has.
struct Upload {
  std::string url;
  uint64_t have = 0;
};

// One thread uses an object; the client must outlive it.
class Registry {
 public:
  // goes_on: asked ten times a second; false ends a call with interrupted.
  Registry(net::Client& client, ModelName name, bool insecure, std::chrono::milliseconds patience,
           std::function<bool()> goes_on);

  // Byte by byte as it came. not_found: "file does not exist"; io: all else.
  Result<std::string> manifest();
  Result<DataAddress> locate(const Digest& digest);

  // ---- pushing

  // unsupported: a service where a user has an account, and pushes by that alone.
  Status check_takes_pushes() const;
  Result<bool> has(const Digest& digest);
  // None: it took the blob from `other`, another repository of its own ("library/tiny"; empty: none).
  Result<std::optional<Upload>> begin_upload(const Digest& digest, const std::string& other);
  // One try: the reply whatever its status, or that there was none.
  Result<net::Fetched> send(const Upload& upload, net::HttpContent content);
  Result<net::Fetched> finish(const Upload& upload, const Digest& digest);
  // What the registry has of it; none where it knows nothing of it any more.
  Result<std::optional<Upload>> find(const Upload& upload);
  // From what it says to bytes before `sent`: where the next ones go. io: not to the registry itself.
  Result<Upload> next(const Upload& upload, const net::Reply& reply, uint64_t sent) const;
  Status put_manifest(std::string_view text);

  // ---- for those who try again themselves

  tl::unexpected<Error> refused(const net::Fetched& answer) const;
  Status wait(std::chrono::milliseconds time);  // other transfers go on meanwhile
  // What to do where a status forbids; empty where it does not.
  std::string hint_for(long status) const;

 private:
  struct Call {
    net::HttpRequest request;
    bool wants_body = false, waits_for_host = false;
  };
  // A reply with a status; tried again where that may help.
  Result<net::Fetched> ask(const Call& call);
  Result<net::Fetched> ask_with_token(const Call& call);
  Result<net::Fetched> ask_once(const Call& call);
  Status take_token(const net::Reply& reply);
  Status check_realm(const std::string& realm) const;
  std::string base() const { return (insecure_ ? "http://" : "https://") + name_.host; }
  std::string repository() const { return base() + "/v2/" + name_.owner + "/" + name_.model; }
  std::string manifest_url() const { return repository() + "/manifests/" + name_.tag; }
  std::string blob_url(const Digest& digest) const { return repository() + "/blobs/" + digest.text(); }

  net::Client& client_;
  ModelName name_;
  bool insecure_;
  std::chrono::milliseconds patience_;
  std::function<bool()> goes_on_;
  std::string token_;
};

}  // namespace straddle::store
