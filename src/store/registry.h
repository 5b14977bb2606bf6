// The calls of a registry that pulling needs, as Ollama makes them; the service of Hugging Face answers
// the same ones.
#pragma once
#include <functional>
#include <string>

#include "net/net.h"
#include "store/manifest.h"
#include "store/model_name.h"

namespace straddle::store {

// Where the bytes of a blob are. The address may be signed, and then it expires.
struct DataAddress {
  std::string url;
  std::string token;  // empty where it is of another origin than the registry
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

  // What to do where a status forbids; empty where it does not.
  std::string hint_for(long status) const;

 private:
  struct Call {
    std::string path, accept;
    bool wants_body = false, waits_for_host = false;
  };
  // A reply with a status; tried again where that may help.
  Result<net::Fetched> ask(const Call& call);
  Result<net::Fetched> ask_with_token(const Call& call);
  Result<net::Fetched> ask_once(const Call& call);
  Status wait(std::chrono::milliseconds time);
  Status take_token(const net::Reply& reply);
  Status check_realm(const std::string& realm) const;
  tl::unexpected<Error> refused(const net::Fetched& answer) const;
  std::string base() const { return (insecure_ ? "http://" : "https://") + name_.host; }

  net::Client& client_;
  ModelName name_;
  bool insecure_;
  std::chrono::milliseconds patience_;
  std::function<bool()> goes_on_;
  std::string token_;
};

}  // namespace straddle::store
