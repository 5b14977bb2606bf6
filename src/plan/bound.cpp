#include "plan/bound.h"

#include <algorithm>

namespace straddle::plan {
namespace {

// Bytes of all stages that fit nowhere, were memory one piece.
double excess_bytes(const Problem& p) {
  double bytes = 0;
  for (const Stage& stage : p.stages) bytes += double(stage.on[p.home()].back().bytes());
  for (uint32_t d = 0; d < p.disk(); ++d)
    if (d == p.home() || !p.places[d].in_home_memory) bytes -= double(p.places[d].budget);
  return bytes;
}

double read_per_byte(const Share& share) {
  return share.weights ? double(share.read) / double(share.weights) : 1;
}

}  // namespace

int64_t disk_bound_ns(const Problem& p) {
  double excess = excess_bytes(p), read = 0;
  if (!p.has_disk() || excess <= 0) return 0;
  std::vector<Share> shares;
  for (const Stage& stage : p.stages) shares.push_back(stage.on[p.disk()].back());
  std::stable_sort(shares.begin(), shares.end(),
                   [](const Share& a, const Share& b) { return read_per_byte(a) < read_per_byte(b); });
  for (const Share& share : shares) {
    const double bytes = std::min(excess, double(share.weights));
    read += bytes * read_per_byte(share);
    excess -= bytes;
    if (excess <= 0) break;
  }
  return int64_t(read / p.disk_GBps) + p.disk_block_ns;
}

}  // namespace straddle::plan
