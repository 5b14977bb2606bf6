#include "cli/trace_json.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "cli/json.h"
#include "cli/plan_words.h"

namespace straddle::cli {
namespace {

using ops::Moment;

// "12.attention", as pins name it; "output".
std::string stage_name(const model::StageOps& stage) {
  const std::string part(part_name(stage.kind));
  return stage.layer == ops::kNone ? part : std::to_string(stage.layer) + "." + part;
}

struct Words {
  std::string name, category;
};

Words words_of(const Moment& moment, const std::deque<engine::DeviceTrace>& devices, size_t device) {
  switch (moment.kind) {
    case Moment::Kind::stage:
      return {stage_name(devices[device].stages[moment.what]), "stage"};
    case Moment::Kind::wait:
      return {"wait for " + devices[moment.what].name, "wait"};
    case Moment::Kind::send:
      return {"to " + devices[moment.what].name, "crossing"};
    case Moment::Kind::receive:
      return {"from " + devices[moment.what].name, "crossing"};
  }
  return {};
}

std::string us_text(int64_t ns) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3f", double(ns) / 1e3);
  return out;
}

std::string process_event(size_t process, const std::string& name) {
  return R"({"ph": "M", "name": "process_name", "pid": )" + std::to_string(process) +
         R"(, "args": {"name": )" + quoted_json(name) + "}}";
}

std::string event(const Moment& moment, const Words& words, size_t process, int64_t begin_ns) {
  return R"({"ph": "X", "name": )" + quoted_json(words.name) + R"(, "cat": ")" + words.category +
         R"(", "pid": )" + std::to_string(process) + R"(, "tid": 0, "ts": )" +
         us_text(moment.start_ns - begin_ns) + R"(, "dur": )" +
         us_text(moment.end_ns - moment.start_ns) + R"(, "args": {"step": )" +
         std::to_string(moment.step) + R"(, "rows": )" + std::to_string(moment.rows) + "}}";
}

// A device of an Engine, with what is left of its Steps.
struct Track {
  const std::deque<engine::DeviceTrace>& devices;
  size_t device;
  std::vector<Moment> moments;
};

// Where the oldest moments gave way on one device, the others' of those Steps say little.
void drop_lone_steps(std::vector<Track>& tracks) {
  for (const Track& one : tracks) {
    if (one.moments.empty()) continue;
    const uint32_t first = one.moments.front().step;
    for (Track& other : tracks)
      if (&other.devices == &one.devices)
        std::erase_if(other.moments, [first](const Moment& m) { return m.step < first; });
  }
}

std::vector<Track> tracks_of(const engine::Trace& trace) {
  std::vector<Track> out;
  for (const auto& devices : trace.engines)
    for (size_t d = 0; d < devices.size(); ++d)
      out.push_back({devices, d, devices[d].timeline.moments()});
  drop_lone_steps(out);
  return out;
}

int64_t first_ns(const std::vector<Track>& tracks) {
  int64_t first = std::numeric_limits<int64_t>::max();
  for (const Track& track : tracks)
    for (const Moment& moment : track.moments) first = std::min(first, moment.start_ns);
  return first;
}

}  // namespace

Status write_trace_json(const engine::Trace& trace,
                        const std::function<Status(std::string_view)>& write) {
  const std::vector<Track> tracks = tracks_of(trace);
  const int64_t begin = first_ns(tracks);
  TRY(write("{\"displayTimeUnit\": \"ms\", \"traceEvents\": ["));
  std::string lines;
  const char* between = "\n";
  for (size_t process = 0; process < tracks.size(); ++process) {
    const auto& [devices, device, moments] = tracks[process];
    lines += between + process_event(process, devices[device].name);
    between = ",\n";
    for (const Moment& moment : moments)
      lines += between + event(moment, words_of(moment, devices, device), process, begin);
    TRY(write(lines));
    lines.clear();
  }
  return write("\n]}\n");
}

}  // namespace straddle::cli
