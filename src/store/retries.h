// How often what failed is tried again, and how soon.
#pragma once
#include <chrono>
#include <optional>

#include "net/net.h"

namespace straddle::store {

// A reply or its lack that may be another one the next time: a connection that broke, a server that is
// busy.
bool may_pass(const net::Ended& ended);

// Six tries in a row; what brings something on begins anew. The waits double: with the usual patience of
// 30 s they are 1, 2, 4 ... s, and never shorter than the server asks for.
class Retries {
 public:
  explicit Retries(std::chrono::milliseconds patience) : patience_(patience) {}
  void progressed() { failed_ = 0; }
  // None: it is given up, also where the server asks for more than five minutes.
  std::optional<std::chrono::milliseconds> failed(const net::Reply& reply);

 private:
  std::chrono::milliseconds patience_;
  int failed_ = 0;
};

}  // namespace straddle::store
