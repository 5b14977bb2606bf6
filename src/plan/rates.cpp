#include "plan/rates.h"

#include <algorithm>
#include <cmath>

namespace straddle::plan {
namespace {

const FormatRate* named(const DeviceProfile& device, std::string_view name) {
  const auto found = std::find_if(device.rates.begin(), device.rates.end(),
                                  [&](const FormatRate& rate) { return rate.format == name; });
  return found == device.rates.end() ? nullptr : &*found;
}

const FormatRate& rate_of(const DeviceProfile& device, quant::Format format) {
  const quant::Traits& traits = quant::traits(format);
  const bool few = traits.block_bytes * 8 < traits.block_values * 4;
  for (const std::string_view name :
       {traits.name, few ? std::string_view("2..3") : "4..8", few ? std::string_view("4..8") : "2..3"})
    if (const FormatRate* found = named(device, name)) return *found;
  return *std::min_element(
      device.rates.begin(), device.rates.end(),
      [](const FormatRate& a, const FormatRate& b) { return a.GBps[0] < b.GBps[0]; });
}

}  // namespace

// GB/s are bytes per ns.
double ns_per_weight_byte(const DeviceProfile& device, quant::Format format, uint32_t rows) {
  const FormatRate& rate = rate_of(device, format);
  if (rows >= kRateRows.back()) return double(rows) / kRateRows.back() / rate.GBps.back();
  size_t i = 0;
  while (kRateRows[i + 1] <= rows) ++i;
  const double below = 1 / rate.GBps[i], above = 1 / rate.GBps[i + 1];
  return below + (above - below) * (double(rows) - kRateRows[i]) / (kRateRows[i + 1] - kRateRows[i]);
}

double read_by(double read, uint32_t rows) {
  return read > 0 && read < 1 ? 1 - std::pow(1 - read, rows) : read;
}

double ns_per_kv_byte(const DeviceProfile& device, KvFormat format) {
  return 1 / (format == KvFormat::q8_0 ? device.kv_q8_0_GBps : device.kv_f16_GBps);
}

}  // namespace straddle::plan
