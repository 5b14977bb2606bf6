// One request on its way, with the easy handle that makes it.
#pragma once
#include <curl/curl.h>

#include <exception>

#include "net/net.h"

namespace straddle::net {

using Clock = std::chrono::steady_clock;

// It stays where it is: libcurl holds its address.
class Transfer {
 public:
  Transfer(HttpRequest request, const ClientOptions& options);
  Transfer(const Transfer&) = delete;
  ~Transfer();

  CURL* handle() const { return handle_; }
  // What libcurl's end means: a redirect that is to be followed is none, and the handle is ready for it.
  std::optional<Ended> end_of(CURLcode code);
  bool has_stalled(Clock::time_point now);
  Ended stalled() const { return {End::stalled, reply_, "nothing came any more"}; }
  const HttpRequest& request() const { return request_; }
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  static size_t on_header(char* data, size_t one, size_t size, void* self);
  static size_t on_body(char* data, size_t one, size_t size, void* self);
  static size_t on_read(char* to, size_t one, size_t size, void* self);
  static int on_seek(void* self, curl_off_t at, int from);
  bool take_header(std::string_view line);
  bool take_body(std::span<const uint8_t> bytes);
  void set_up();
  void set_method();
  void set_headers();
  void set_trust();
  bool may_ask(const Address& address) const;
  std::optional<Ended> follow();

  HttpRequest request_;
  const ClientOptions& options_;
  CURL* handle_;
  curl_slist* headers_ = nullptr;
  Reply reply_ = {};
  std::string location_;
  char error_[CURL_ERROR_SIZE] = "";
  size_t header_bytes_ = 0;
  int redirects_ = 0;
  bool refused_ = false;
  uint64_t sent_ = 0;                      // of the content
  uint64_t bytes_ = 0, bytes_before_ = 0;  // that moved: all, and when the window began
  Clock::time_point window_ = Clock::now();
  std::exception_ptr thrown_;
};

}  // namespace straddle::net
