// Which byte of a model would live where, how long a token takes then, and what would help. Pure: no
// clock, no device, no file is read. How a plan is made: docs/planner.md.
//
// Any thread. All types are plain data that refer to nothing: tensors and parts are named by their index
// in gguf::File::tensors() and model::parts(). Devices are named by their index in Plan::devices: those
// of the profile in order (0 is home), then the disk where the profile has one. `_ns`: nanoseconds.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"
#include "model/model.h"
#include "plan/correction.h"
#include "plan/needs.h"
#include "plan/profile.h"
#include "plan/step_work.h"

namespace straddle::plan {

// ---- what is asked

// Where a user wants parts to be: --pin WHERE=DEVICE[@SHARE|@most].
struct Pin {
  enum class What : uint8_t { all, attention, mixer, ffn, experts, output, embedding };
  What what = What::all;
  uint32_t first_layer = 0, last_layer = ops::kNone;
  std::string device;
  double share = 1;   // of the part's units; the rest stays at home
  bool most = false;  // @most: as much as the device has room for, in place of a share
  std::string text;   // as the user wrote it, for messages
};

// usage, with what would be right, where the text is no pin.
Result<Pin> parse_pin(std::string_view text);

// Memory that may be used of a device; without a name: of each after the first.
struct Cap {
  std::string device;
  uint64_t bytes = 0;
};

// How a plan counts keys and values. q8_0: 34 bytes for 32 numbers.
enum class KvFormat : uint8_t { f32, f16, q8_0 };

struct Request {
  uint32_t context = 4096;                  // tokens of a sequence
  uint32_t sequences = 1;                   // that have room at the same time
  uint32_t rows = 1;                        // of a Step that decodes, each of its own sequence
  uint32_t max_rows = 256, max_wanted = 1;  // of any Step, as LoadRequest has them: scratch is for these
  KvFormat kv = KvFormat::f16;
  double fill = 0.5;                   // of the context, expected
  std::optional<uint32_t> gpu_layers;  // -ngl
  std::vector<Pin> pins;               // later ones win
  std::optional<uint64_t> ram;         // cap of home
  std::vector<Cap> vram;
  std::vector<std::string> devices;  // of the profile's, its home first; empty: all
  // Bytes that the device of this index takes for a Program. Where it is given, scratch is that of the
  // Programs of the plan; else of the whole model's values.
  std::function<uint64_t(uint32_t device, const ops::Program&)> measure = {};
};

// ---- what is answered

// What of a tensor is on a device, counted along its axis; bytes as in the file.
struct Shard {
  uint32_t device = 0;
  model::Axis axis = model::Axis::whole;
  uint64_t first = 0, count = 1, bytes = 0;
};

struct TensorPlace {
  uint32_t tensor = 0;
  bool copy = false;  // listed before already: a table that is input and output, norms that heads share
  bool unread = false;  // the model does not need it: it takes no memory
  std::vector<Shard> shards;
};

struct KvPlace {
  uint32_t layer = 0, device = 0, first_head = 0, heads = 0;  // no heads: the state of a recurrent part
  uint64_t bytes = 0;
};

enum class PlaceKind : uint8_t { cpu, gpu, disk };

struct DeviceUse {
  std::string name;
  PlaceKind kind = PlaceKind::cpu;
  // weights + kv + scratch + other + unused = budget. States count as kv. other: rounding and 64 MiB
  // that nobody sees. All 0 for the disk but weights.
  uint64_t budget = 0, weights = 0, kv = 0, scratch = 0, other = 0, unused = 0;
  uint64_t read_bytes = 0;  // by one Step that decodes, at the expected fill
  int64_t busy_ns = 0;
  std::string why_unused;  // one line
};

struct StageTime {
  uint32_t layer = ops::kNone;
  model::PartKind kind = model::PartKind::embedding;
  std::vector<int64_t> ns;  // by device
  int64_t wall_ns = 0;      // that a token waits for it, a late wake included
};

// Tokens a second, all rows of a Step counted, by how full the context is.
struct Speeds {
  double empty = 0, expected = 0, full = 0;
};

struct Plan {
  Request request;
  std::string machine;
  uint64_t file_bytes = 0;
  std::vector<DeviceUse> devices;
  model::Placement parts;  // the disk counts as the last device
  std::vector<TensorPlace> tensors;
  std::vector<KvPlace> kv;
  std::vector<StageTime> stages;  // in the order of a token
  // total = wall of all stages + crossing + host, or the disk's time where that is longer. crossing:
  // where the vector of a token goes to another device between two stages. host: outside of stages.
  int64_t total_ns = 0, hidden_ns = 0, crossing_ns = 0, host_ns = 0, disk_ns = 0;
  uint32_t crossings = 0;     // of a vector, per token, those inside of cut stages too
  uint32_t whole_layers = 0;  // wholly on devices that are not home
  uint32_t layers = 0;
  Speeds tokens_per_s;
  double bound_tokens_per_s = 0;
};

// Where its parts are, for model::forward and engine::LoadOptions: what lies on the disk is at home.
model::Placement placement(const Plan& plan);

// usage: a pin that matches nothing or contradicts, a device that the profile lacks. no_memory: it does
// not fit; nearest_request() says what does.
Result<Plan> make_plan(const gguf::File& file, const model::Blueprint& blueprint,
                       const MachineProfile& profile, const Request& request);

// How far a request may change so that it fits.
struct Leeway {
  uint32_t least_context = 1;  // a smaller one would be of no use
  bool q8_0 = true;            // keys and values may be counted so
};

// The nearest request that fits, where `request` does not; nullopt: none does. Its context is none
// beyond the model's.
struct Nearest {
  Request request;
  std::vector<std::string> changed;  // the keys of the request in JSON: context, kv, sequences ...
  double tokens_per_s = 0;           // expected
};
std::optional<Nearest> nearest_request(const gguf::File& file, const model::Blueprint& blueprint,
                                       const MachineProfile& profile, const Request& request,
                                       const Leeway& leeway = {});

// What would help most, by planning again: at most three, best first.
struct Change {
  std::string what;
  double tokens_per_s = 0;  // expected
};
std::vector<Change> best_changes(const gguf::File& file, const model::Blueprint& blueprint,
                                 const MachineProfile& profile, const Plan& plan);

}  // namespace straddle::plan
