// Addresses, by libcurl's own parser: what is compared is what will be asked.
#include <curl/curl.h>

#include "base/lower_case.h"
#include "net/net.h"

namespace straddle::net {
namespace {

struct Free {
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, Free>;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (::curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  ::curl_free(text);
  return out;
}

std::optional<Address> address_of(CURLU* url) {
  Address out{lower_case(part(url, CURLUPART_SCHEME)), lower_case(part(url, CURLUPART_HOST)),
              part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT), part(url, CURLUPART_URL)};
  if (out.scheme.empty() || out.host.empty() || out.text.empty()) return std::nullopt;
  return out;
}

// Relative to what was set before.
bool set(CURLU* url, const std::string& text) {
  constexpr size_t kLongest = 16'000;  // signed addresses have some 2,000
  return url && text.size() <= kLongest && text.find('\0') == text.npos &&
         ::curl_url_set(url, CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
}

}  // namespace

std::optional<Address> parse_address(const std::string& text) {
  const Url url(::curl_url());
  return set(url.get(), text) ? address_of(url.get()) : std::nullopt;
}

std::optional<Address> resolve(const std::string& base, const std::string& location) {
  const Url url(::curl_url());
  return set(url.get(), base) && set(url.get(), location) ? address_of(url.get()) : std::nullopt;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    (out += '%') += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace straddle::net
