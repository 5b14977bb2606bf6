// What a machine can do, in figures: measured once (engine/probe.h), or written down (share/machines/).
// Plain data; any thread. The JSON form: docs/machines.md. GB are 10^9 bytes.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace straddle::plan {

enum class Basis : uint8_t { measured, assumed, guessed };  // assumed: "default" in JSON

inline constexpr std::array<uint32_t, 4> kRateRows = {1, 2, 4, 8};

// How fast a device reads weights of a format while it multiplies them with kRateRows rows: GB/s of
// weight bytes. `format`: the name of one, or of a family: "4..8" bits, "2..3" bits.
struct FormatRate {
  std::string format;
  std::array<double, 4> GBps{};
};

enum class DeviceKind : uint8_t { cpu, gpu };

struct DeviceProfile {
  std::string name;  // cpu, cpu1, vulkan:0
  DeviceKind kind = DeviceKind::cpu;
  std::string layout;                           // of weights: quant's name of one
  uint64_t bytes = 0;                           // RAM or VRAM
  uint64_t reserve_bytes = 0, other_bytes = 0;  // what is kept free; what others hold
  double read_GBps = 0;                         // plain reads
  double nominal_GBps = 0;                      // of the data sheet; 0: not known
  std::vector<FormatRate> rates;
  double tile_GMACs = 0;                     // 10^9 multiply-adds a second, 128 rows
  double kv_f16_GBps = 0, kv_q8_0_GBps = 0;  // of keys and values in attention
  double op_us = 0;                          // what an op takes beside its bytes
  // Of a device that is not home:
  double submit_us = 0, wake_us = 0, dispatch_us = 0, up_GBps = 0, down_GBps = 0;
  bool unified = false;  // shares memory and bandwidth with the CPU
  Basis basis = Basis::guessed;
};

// Of a plan, home included: the time to plan grows with their square, and nobody's machine has more.
inline constexpr size_t kMostDevices = 16;
Status check_device_count(size_t devices);  // usage

struct DiskProfile {
  double read_GBps = 0, latency_us = 0;
  Basis basis = Basis::guessed;
};

// How much memory the values of a Step take.
enum class ScratchRule : uint8_t { ours, llama_cpp };

struct MachineProfile {
  std::string name;
  std::vector<DeviceProfile> devices;  // the first is home: a CPU
  std::optional<DiskProfile> disk;
  // Of other engines:
  bool overlap = true;        // false: devices compute one after the other
  double fixed_mixed_ms = 0;  // of each token where two devices are used
  ScratchRule scratch = ScratchRule::ours;
};

// The JSON form. `where` names it in errors: bad_input with one line that says the key where a figure is
// missing, no number, negative, or above what the device can read.
Result<MachineProfile> parse_profile(std::string_view json, const std::string& where);

// The same profile gives the same bytes; parse_profile gives the profile back.
std::string profile_json(const MachineProfile& profile);

}  // namespace straddle::plan
