#include "store/retries.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace straddle::store {
namespace {

constexpr int kMostTries = 6;
constexpr int kWaitsPerPatience = 30;
constexpr int64_t kLongestWait = 300;  // seconds that a server may ask for

// Seconds by a Retry-After: a number, or a date; 0 where it says nothing.
int64_t asked_seconds(const std::string& header) {
  int64_t seconds = 0;
  const char* end = header.data() + header.size();
  const auto [rest, error] = std::from_chars(header.data(), end, seconds);
  if (error == std::errc::result_out_of_range) return kLongestWait + 1;
  if (error == std::errc()) return std::max<int64_t>(0, seconds);
  std::tm date{};
  if (!::strptime(header.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date)) return 0;
  return std::max<int64_t>(0, int64_t(::timegm(&date)) - int64_t(std::time(nullptr)));
}

}  // namespace

bool may_pass(const net::Ended& ended) {
  using net::End;
  constexpr long kPassing[] = {408, 425, 429, 500, 502, 503, 504};
  if (std::ranges::find(kPassing, ended.reply.status) != std::end(kPassing)) return true;
  return ended.how == End::cut || ended.how == End::stalled || ended.how == End::unreachable;
}

std::optional<std::chrono::milliseconds> Retries::failed(const net::Reply& reply) {
  const int64_t asked = asked_seconds(reply.retry_after);
  if (++failed_ > kMostTries || asked > kLongestWait) return std::nullopt;
  const auto own = patience_ / kWaitsPerPatience * (1 << (failed_ - 1));
  return std::max<std::chrono::milliseconds>(own, std::chrono::seconds(asked));
}

}  // namespace straddle::store
