// Loads a model by its needs, owns KV pages and recurrent states, forms Steps. Works on ids; knows no
// text.
//
// An Engine is used by one thread at a time, which need not be the one that loaded it; it has threads of
// its own for computing, and one for each device but home to drive it. It keeps a copy of the File
// (weights may be read from it, mapped) and nothing else that was passed. Several Engines may be used at
// the same time, of the same File too.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/probe.h"
#include "engine/trace.h"
#include "gguf/gguf.h"
#include "model/model.h"
#include "ops/device.h"
#include "plan/plan.h"

namespace straddle::engine {

struct LoadOptions {
  std::vector<std::string> devices = {"cpu"};  // reference | cpu; home first
  std::vector<std::string> names = {};         // of their threads; empty: as devices
  model::Placement placement = {};             // of the model on them; empty: all at home
  std::string isa;                             // empty: the best that the machine has
  uint32_t threads =
      0;  // of all devices together, one each at least; 0: the cores given to this process
  uint32_t context = 0;  // 0: the model's, at most 4096; never more than a table of positions has
  uint32_t sequences = 1;
  uint32_t max_rows = 256;  // rows of one Step
  uint32_t max_wanted = 1;  // rows of one Step whose logits can be asked for
  ops::KvType kv = ops::KvType::f16;
  bool check = false;  // reference only: a feed ends at the first value that is no number
  uint64_t free_bytes = ~uint64_t(0);
  Trace* trace = nullptr;  // is told what devices do, and outlives the Engine; null: nobody asks
  // For tests: gives what takes the place of a device, before anything is loaded.
  std::function<ops::OwnDevice(uint32_t index, ops::OwnDevice device)> wrap = {};
};

// What a device of LoadOptions::devices will be, before it is made.
struct DeviceSetup {
  unsigned threads = 1;
  plan::DeviceForm form;
};

// What Steps have taken since the Engine was loaded.
struct StepTimes {
  struct OfDevice {
    int64_t run_ns = 0, waited_ns = 0;  // waited: of it, for other devices
  };
  uint64_t steps = 0, rows = 0;
  uint64_t depth = 0;  // sum over the Steps: tokens before the last row
  int64_t ns = 0;
  std::vector<OfDevice> devices;  // home first
};

// Called on the thread that loads, before load returns; in bytes of weights, those of columns of a
// matrix that another device has included. false: stop, `interrupted`.
using LoadProgress = std::function<bool(uint64_t done, uint64_t total)>;

enum class Wanted : uint8_t { none, last, all };

class Engine {
 public:
  // Home first; usage: a device or an ISA that is not here.
  static Result<std::vector<DeviceSetup>> devices_for(const LoadOptions& options);
  static Result<Engine> load(const gguf::File& file, const LoadOptions& options,
                             const LoadProgress& progress = {});
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  // What these refer to lives as long as the Engine.
  const model::Blueprint& blueprint() const;
  const plan::Needs& needs() const;
  uint32_t devices() const;  // named 0, 1 ... in this order, home first
  const char* device(uint32_t device = 0) const;
  ops::Held held(uint32_t device = 0) const;  // what it took: as counted before
  ops::Counters counters() const;             // of all devices, since they were loaded
  const StepTimes& decode_times() const;      // of Steps of one row
  const StepTimes& prompt_times() const;      // of all others
  uint32_t context() const;  // as asked for, but no further than the model's learned positions

  // Sequences 0 .. sequences-1 exist from the start, empty; to name another is the caller's mistake.
  uint32_t length(uint32_t sequence) const;
  // Cuts a sequence to the longest beginning of `tokens` that it holds and can go on from; returns its
  // length. A recurrent sequence can only be cut at its end, where keep() was called last, or at 0. One
  // with windows can be cut also where all keys that they see there are still held: within the last
  // max_rows tokens if it has not been cut before, and further back by chance.
  uint32_t resume(uint32_t sequence, std::span<const int32_t> tokens);
  // Whether resume may have to go back further than to where tokens differ: keep() gives it a place.
  bool forgets() const;
  // For a later resume: keeps a copy of recurrent states as they are now, and the keys and values that
  // windows see here.
  void keep(uint32_t sequence);

  // bad_input where so many tokens more do not fit in the sequence's context.
  Status check_room(uint32_t sequence, size_t tokens) const;

  // Appends tokens in Steps of at most max_rows; returns the logits of the wanted rows,
  // [rows][vocabulary], valid until the next feed or the end of the Engine; no tokens, no rows.
  // bad_input, and nothing has changed: an id outside the vocabulary, more tokens than the context
  // holds, more wanted rows than max_wanted or than one Step has. bad_file: the logits (or embeddings)
  // are no numbers; then, and where a device fails, the sequence is as before the call, or where resume
  // would cut it if that is asked for: a recurrent one always, one with windows after more than one
  // Step. A logit may be -infinity: a token that never comes. Allocates nothing.
  Result<std::span<const float>> feed(uint32_t sequence, std::span<const int32_t> tokens, Wanted wanted);

  // One token for each of some sequences, all different, computed in one Step of at most max_rows and
  // max_wanted; the logits of each, as feed would give them. Errors, and what is undone then, as of
  // feed.
  Result<std::span<const float>> feed_each(std::span<const uint32_t> sequences,
                                           std::span<const int32_t> tokens);

  struct Impl;  // impl.h

 private:
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace straddle::engine
