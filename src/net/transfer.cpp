#include "net/transfer.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <new>

#include "base/environment.h"
#include "base/lower_case.h"

namespace straddle::net {
namespace {

constexpr int kMostRedirects = 10;
constexpr size_t kMostHeaderBytes = 256 << 10;  // of all headers of a reply
constexpr long kBuffer = 256 << 10;             // as large as one read of the socket may be
constexpr uint64_t kLeastPerSecond = 1000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// "HTTP/1.1 206 Partial Content"
long status_of(std::string_view line) {
  const size_t blank = line.find(' ');
  return blank == line.npos ? 0 : long(number_of(line.substr(blank + 1, 3)).value_or(0));
}

bool is_untrusted(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_ISSUER_ERROR;
}

bool is_bad_address(CURLcode code) {
  return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_LOGIN_DENIED;
}

bool is_unreachable(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_COULDNT_CONNECT;
}

End end_for(CURLcode code) {
  if (is_untrusted(code)) return End::untrusted;
  if (is_bad_address(code)) return End::bad_address;
  if (is_unreachable(code)) return End::unreachable;
  return code == CURLE_OPERATION_TIMEDOUT ? End::stalled : End::cut;
}

}  // namespace

Transfer::Transfer(HttpRequest request, const ClientOptions& options)
    : request_(std::move(request)), options_(options), handle_(::curl_easy_init()) {
  if (!handle_) throw std::bad_alloc();
  set_up();
}

Transfer::~Transfer() {
  ::curl_easy_cleanup(handle_);
  ::curl_slist_free_all(headers_);
}

void Transfer::set_up() {
  reply_ = {};
  reply_.url = request_.url;
  location_.clear();
  header_bytes_ = 0;
  sent_ = 0;
  error_[0] = '\0';
  ::curl_easy_setopt(handle_, CURLOPT_URL, request_.url.c_str());
  ::curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, options_.plain_http ? "http,https" : "https");
  ::curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(handle_, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  ::curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
  ::curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  ::curl_easy_setopt(handle_, CURLOPT_BUFFERSIZE, kBuffer);
  ::curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, long(options_.patience.count()));
  ::curl_easy_setopt(handle_, CURLOPT_USERAGENT, options_.agent.c_str());
  ::curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, error_);
  ::curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  ::curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  ::curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  ::curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  ::curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  set_method();
  set_headers();
  set_trust();
}

void Transfer::set_method() {
  if (request_.method == "HEAD") ::curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
  if (!request_.content) return;
  ::curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
  ::curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  ::curl_easy_setopt(handle_, CURLOPT_INFILESIZE_LARGE, curl_off_t(request_.content->size));
  ::curl_easy_setopt(handle_, CURLOPT_UPLOAD_BUFFERSIZE, kBuffer);
  ::curl_easy_setopt(handle_, CURLOPT_READFUNCTION, &Transfer::on_read);
  ::curl_easy_setopt(handle_, CURLOPT_READDATA, this);
  ::curl_easy_setopt(handle_, CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
  ::curl_easy_setopt(handle_, CURLOPT_SEEKDATA, this);
}

void Transfer::set_headers() {
  ::curl_slist_free_all(std::exchange(headers_, nullptr));
  const auto add = [&](const std::string& line) {
    curl_slist* more = ::curl_slist_append(headers_, line.c_str());
    if (!more) throw std::bad_alloc();
    headers_ = more;
  };
  if (!request_.accept.empty()) add("Accept: " + request_.accept);
  if (!request_.token.empty()) add("Authorization: Bearer " + request_.token);
  if (request_.content) {
    add("Expect:");  // not asked for: few registries answer it, and the others cost a second each
    if (!request_.content->type.empty()) add("Content-Type: " + request_.content->type);
    if (!request_.content->range.empty()) add("Content-Range: " + request_.content->range);
  }
  if (request_.range)
    add("Range: bytes=" + std::to_string(request_.range->begin) + "-" +
        std::to_string(request_.range->end - 1));
  ::curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers_);
}

// libcurl takes proxies from the environment by itself, but for HTTP_PROXY in capitals, which it leaves
// to servers of web pages.
void Transfer::set_trust() {
  if (const auto file = environment("SSL_CERT_FILE"); !file.empty())
    ::curl_easy_setopt(handle_, CURLOPT_CAINFO, file.c_str());
  if (const auto folder = environment("SSL_CERT_DIR"); !folder.empty())
    ::curl_easy_setopt(handle_, CURLOPT_CAPATH, folder.c_str());
  const auto proxy = environment("HTTP_PROXY");
  if (environment("http_proxy").empty() && !proxy.empty() && request_.url.starts_with("http://"))
    ::curl_easy_setopt(handle_, CURLOPT_PROXY, proxy.c_str());
}

// ---- what comes; libcurl is C, so nothing may be thrown through it

size_t Transfer::on_header(char* data, size_t, size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.take_header({data, size}) ? size : 0;
  } catch (...) {
    transfer.thrown_ = std::current_exception();
    return 0;
  }
}

size_t Transfer::on_body(char* data, size_t, size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    const std::span bytes(reinterpret_cast<const uint8_t*>(data), size);
    return transfer.take_body(bytes) ? size : CURL_WRITEFUNC_ERROR;
  } catch (...) {
    transfer.thrown_ = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

size_t Transfer::on_read(char* to, size_t, size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const HttpContent& content = *transfer.request_.content;
  try {
    const size_t wanted = size_t(std::min<uint64_t>(size, content.size - transfer.sent_));
    if (wanted == 0) return 0;
    const size_t got = content.read(transfer.sent_, {reinterpret_cast<uint8_t*>(to), wanted});
    transfer.refused_ = got == 0;
    transfer.sent_ += got;
    transfer.bytes_ += got;
    return transfer.refused_ ? CURL_READFUNC_ABORT : got;
  } catch (...) {
    transfer.thrown_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

// Back to the beginning, where a connection that was kept turns out to be dead.
int Transfer::on_seek(void* self, curl_off_t at, int from) {
  if (at != 0 || from != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(self)->sent_ = 0;
  return CURL_SEEKFUNC_OK;
}

bool Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) return false;
  if (line.starts_with("HTTP/")) {
    reply_ = {.status = status_of(line), .url = request_.url};
    location_.clear();
    return true;
  }
  if (trimmed(line).empty()) {  // all headers are there
    if (reply_.status < 200) return true;
    if (is_redirect(reply_.status) && !location_.empty()) return false;  // its body is of no use
    reply_.location = location_;
    refused_ = request_.begin && !request_.begin(reply_);
    return !refused_;
  }
  const size_t colon = line.find(':');
  if (colon == line.npos) return true;
  const std::string name = lower_case(trimmed(line.substr(0, colon)));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "location") location_ = value;
  if (name == "content-length") reply_.length = number_of(value);
  if (name == "retry-after") reply_.retry_after = value;
  if (name == "www-authenticate") reply_.authenticate = value;
  if (name == "content-range") reply_.range = value;
  if (name == "range") reply_.received = value;
  return true;
}

bool Transfer::take_body(std::span<const uint8_t> bytes) {
  bytes_ += bytes.size();
  refused_ = request_.body && !request_.body(bytes);
  return !refused_;
}

// ---- how it ends

bool Transfer::may_ask(const Address& address) const {
  return address.scheme == "https" || (options_.plain_http && address.scheme == "http");
}

// The token stays behind where the origin changes.
std::optional<Ended> Transfer::follow() {
  const auto refuse = [&](const std::string& why) {
    return Ended{End::bad_address, reply_, "redirected " + why};
  };
  if (request_.content) return refuse("to " + location_ + ", and nothing is sent there");
  if (++redirects_ > kMostRedirects) return refuse("more than 10 times");
  const auto from = parse_address(request_.url), to = resolve(request_.url, location_);
  if (!from || !to) return refuse("to what is no address");
  if (!may_ask(*to)) return refuse("to " + to->scheme + ":, which is not followed");
  const bool elsewhere = from->origin() != to->origin();
  if (elsewhere && request_.stays) {
    reply_.elsewhere = to->text;
    return Ended{End::whole, reply_};
  }
  if (elsewhere) request_.token.clear();
  request_.url = to->text;
  set_up();
  return std::nullopt;
}

std::optional<Ended> Transfer::end_of(CURLcode code) {
  if (refused_) return Ended{End::refused, reply_};
  if (is_redirect(reply_.status) && !location_.empty()) return follow();
  // Who refuses what is sent may close the connection before all of it is.
  const bool answered = request_.content && reply_.status >= 400;
  if (code == CURLE_OK || answered) return Ended{End::whole, reply_};
  return Ended{end_for(code), reply_, error_[0] ? error_ : ::curl_easy_strerror(code)};
}

bool Transfer::has_stalled(Clock::time_point now) {
  const auto patience = options_.patience * request_.patience;
  if (now - window_ < patience) return false;
  const uint64_t wanted = kLeastPerSecond * uint64_t(patience.count()) / 1000;
  const bool stalled = bytes_ - bytes_before_ < wanted;
  window_ = now;
  bytes_before_ = bytes_;
  return stalled;
}

}  // namespace straddle::net
