#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "plan/profile.h"
#include "quant/quant.h"

namespace straddle::plan {
namespace {

using Json = nlohmann::ordered_json;

// Beyond every machine, and far from where times in ns would not fit into 64 bits.
constexpr double kMostFigure = 1e9, kMostBytes = 1e18, kLeastRate = 1e-5;

constexpr std::array<std::pair<Basis, const char*>, 3> kBases = {
    {{Basis::measured, "measured"}, {Basis::assumed, "default"}, {Basis::guessed, "guessed"}}};

// One object of the JSON and the way to it. Keys of no meaning are passed over: notes for readers.
// The first thing that is wrong is kept; what is read after it is of no use.
class Reader {
 public:
  Reader(const Json& object, std::string path, Status& status)
      : object_(object), path_(std::move(path)), status_(status) {}

  bool has(const char* key) const { return object_.contains(key); }
  std::string key(const std::string& name) const { return path_.empty() ? name : path_ + "." + name; }

  void wrong(const std::string& name, const std::string& what) {
    if (status_) status_ = fail(ErrorKind::bad_input, key(name), what);
  }

  double number(const char* name, double least, double most) {
    const auto found = object_.find(name);
    if (found == object_.end()) return wrong(name, "is missing"), 0;
    if (!found->is_number()) return wrong(name, "is no number"), 0;
    const double value = found->get<double>();
    if (value < 0) return wrong(name, "is negative"), 0;
    if (!(value >= least)) return wrong(name, "is less than " + Json(least).dump()), 0;
    if (!(value <= most)) return wrong(name, "is larger than any machine's"), 0;
    return value;
  }
  double figure(const char* name) { return number(name, 0, kMostFigure); }
  double figure_or_0(const char* name) { return has(name) ? figure(name) : 0; }
  double rate(const char* name) { return number(name, kLeastRate, kMostFigure); }
  uint64_t bytes(const char* name) { return uint64_t(number(name, 0, kMostBytes)); }
  uint64_t bytes_or_0(const char* name) { return has(name) ? bytes(name) : 0; }

  std::string text(const char* name, const char* otherwise) {
    if (!has(name)) return otherwise;
    if (!object_[name].is_string()) return wrong(name, "is no text"), otherwise;
    return object_[name].get<std::string>();
  }
  bool flag(const char* name, bool otherwise) {
    if (!has(name)) return otherwise;
    if (!object_[name].is_boolean()) return wrong(name, "is neither true nor false"), otherwise;
    return object_[name].get<bool>();
  }
  Basis basis() {
    const std::string said = text("basis", "");
    for (const auto& [value, name] : kBases)
      if (said == name) return value;
    wrong("basis", said.empty() ? "is missing" : "is none of measured, default, guessed");
    return Basis::guessed;
  }

  Reader object(const char* name) {
    static const Json nothing = Json::object();
    const auto found = object_.find(name);
    const bool good = found != object_.end() && found->is_object();
    if (!good) wrong(name, found == object_.end() ? "is missing" : "is no object");
    return Reader(good ? *found : nothing, key(name), status_);
  }
  const Json& json() const { return object_; }
  Status& status() { return status_; }

 private:
  const Json& object_;
  std::string path_;
  Status& status_;
};

// What a device was said to read at most bounds all that it is said to read in use.
void check_limit(Reader& in, const std::string& key, double rate, const DeviceProfile& device) {
  const auto above = [&](double limit, const char* name) {
    if (limit > 0 && rate > limit)
      in.wrong(key, Json(rate).dump() + " GB/s is above " + name + ", " + Json(limit).dump());
  };
  above(device.nominal_GBps, "nominal_GBps");
  above(device.read_GBps, "read_GBps");
}

std::vector<FormatRate> read_rates(Reader device, const DeviceProfile& limits) {
  Reader rates = device.object("rates");
  std::vector<FormatRate> out;
  for (const auto& [format, unused] : rates.json().items()) {
    Reader in = rates.object(format.c_str());
    FormatRate rate{.format = format};
    for (size_t i = 0; i < kRateRows.size(); ++i) {
      const std::string rows = std::to_string(kRateRows[i]);
      rate.GBps[i] = in.rate(rows.c_str());
      check_limit(in, rows, rate.GBps[i], limits);
    }
    out.push_back(std::move(rate));
  }
  if (out.empty()) device.wrong("rates", "names no format");
  return out;
}

// cpu, cpu1, vulkan:0: what commands call devices.
bool is_device_name(std::string_view text) {
  const size_t digits = text.size() - (text.find_last_not_of("0123456789") + 1);
  const std::string_view kind = text.substr(0, text.size() - digits);
  return kind == "cpu" || kind == "reference" || (kind == "vulkan:" && digits > 0);
}

// What the CPU and a card have in common. A product's name is for readers: commands say `name` then.
DeviceProfile read_device(Reader in, const char* name) {
  DeviceProfile d{.name = in.text("name", name)};
  if (!is_device_name(d.name)) d.name = name;
  d.layout = in.text("layout", "");
  if (!d.layout.empty() && !quant::layout_by_name(d.layout)) in.wrong("layout", "is none that we know");
  d.reserve_bytes = in.bytes_or_0("reserve_bytes");
  d.other_bytes = in.bytes_or_0("other_bytes");
  if (in.has("nominal_GBps")) d.nominal_GBps = in.rate("nominal_GBps");
  if (in.has("read_GBps")) d.read_GBps = in.rate("read_GBps");
  check_limit(in, "read_GBps", d.read_GBps, {.nominal_GBps = d.nominal_GBps});
  d.rates = read_rates(in, d);
  d.tile_GMACs = in.rate("tile_GMACs");
  Reader kv = in.object("kv_GBps");
  d.kv_f16_GBps = kv.rate("f16");
  d.kv_q8_0_GBps = kv.rate("q8_0");
  check_limit(kv, "f16", d.kv_f16_GBps, d);
  check_limit(kv, "q8_0", d.kv_q8_0_GBps, d);
  d.basis = in.basis();
  return d;
}

DeviceProfile read_cpu(Reader in) {
  DeviceProfile d = read_device(in, "cpu");
  if (!in.has("read_GBps")) in.wrong("read_GBps", "is missing");
  d.op_us = in.figure("op_us");
  d.bytes = uint64_t(in.number("ram_bytes", 1, kMostBytes));
  return d;
}

// A device beside home: a card, or with `kind: cpu` more processors.
DeviceProfile read_helper(Reader in, const std::string& name) {
  DeviceProfile d = read_device(in, name.c_str());
  const std::string kind = in.text("kind", "gpu");
  if (kind != "gpu" && kind != "cpu") in.wrong("kind", "is neither gpu nor cpu");
  d.kind = kind == "cpu" ? DeviceKind::cpu : DeviceKind::gpu;
  d.bytes = in.bytes("vram_bytes");
  d.op_us = in.figure_or_0("op_us");
  d.submit_us = in.figure("submit_us");
  d.wake_us = in.figure("wake_us");
  d.dispatch_us = in.figure("dispatch_us");
  const double least = d.kind == DeviceKind::cpu ? 0 : kLeastRate;  // CPUs share their memory: no bus
  d.up_GBps = in.number("up_GBps", least, kMostFigure);
  d.down_GBps = in.number("down_GBps", least, kMostFigure);
  d.unified = in.flag("unified", false);
  return d;
}

void read_helpers(Reader& top, std::vector<DeviceProfile>& devices) {
  if (!top.has("gpus")) return;
  const Json& list = top.json()["gpus"];
  if (!list.is_array()) return top.wrong("gpus", "is no list");
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string key = "gpus[" + std::to_string(i) + "]";
    if (!list[i].is_object()) return top.wrong(key, "is no object");
    devices.push_back(read_helper(Reader(list[i], key, top.status()), "vulkan:" + std::to_string(i)));
  }
}

void check_names(Reader& top, const std::vector<DeviceProfile>& devices) {
  for (size_t i = 0; i < devices.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (devices[i].name == devices[j].name)
        top.wrong("gpus[" + std::to_string(i - 1) + "].name", "is another device's name");
}

DiskProfile read_disk(Reader in) {
  return {.read_GBps = in.rate("read_GBps"), .latency_us = in.figure("latency_us"), .basis = in.basis()};
}

MachineProfile read_machine(Reader top) {
  MachineProfile m{.name = top.text("name", "")};
  m.devices.push_back(read_cpu(top.object("cpu")));
  read_helpers(top, m.devices);
  check_names(top, m.devices);
  if (top.has("disk") && !top.json()["disk"].is_null()) m.disk = read_disk(top.object("disk"));
  m.overlap = top.flag("overlap", true);
  m.fixed_mixed_ms = top.figure_or_0("fixed_mixed_ms");
  const std::string scratch = top.text("scratch", "");
  if (!scratch.empty() && scratch != "llama.cpp") top.wrong("scratch", "may only be \"llama.cpp\"");
  m.scratch = scratch.empty() ? ScratchRule::ours : ScratchRule::llama_cpp;
  return m;
}

const char* name_of(Basis basis) {
  for (const auto& [value, name] : kBases)
    if (value == basis) return name;
  return "";
}

Json json_of(const std::vector<FormatRate>& rates) {
  Json out = Json::object();
  for (const auto& rate : rates)
    for (size_t i = 0; i < kRateRows.size(); ++i)
      out[rate.format][std::to_string(kRateRows[i])] = rate.GBps[i];
  return out;
}

Json json_of(const DeviceProfile& d, bool home) {
  Json out;
  out["name"] = d.name;
  if (!home && d.kind == DeviceKind::cpu) out["kind"] = "cpu";
  if (!d.layout.empty()) out["layout"] = d.layout;
  out[home ? "ram_bytes" : "vram_bytes"] = d.bytes;
  out["reserve_bytes"] = d.reserve_bytes;
  out["other_bytes"] = d.other_bytes;
  if (d.nominal_GBps > 0) out["nominal_GBps"] = d.nominal_GBps;
  if (home || d.read_GBps > 0) out["read_GBps"] = d.read_GBps;
  out["rates"] = json_of(d.rates);
  out["tile_GMACs"] = d.tile_GMACs;
  out["kv_GBps"] = {{"f16", d.kv_f16_GBps}, {"q8_0", d.kv_q8_0_GBps}};
  if (home || d.op_us > 0) out["op_us"] = d.op_us;
  if (!home) {
    out["submit_us"] = d.submit_us;
    out["wake_us"] = d.wake_us;
    out["dispatch_us"] = d.dispatch_us;
    out["up_GBps"] = d.up_GBps;
    out["down_GBps"] = d.down_GBps;
    if (d.unified) out["unified"] = true;
  }
  out["basis"] = name_of(d.basis);
  return out;
}

// "line 2, column 5: ...", without the number that the parser gives its error, and without what it has
// read last, which may be long.
std::string cause_of(const Json::exception& error) {
  std::string out = error.what();
  out.erase(0, out.find("] ") + 2);
  constexpr std::string_view kBegin = "parse error at ";
  if (out.starts_with(kBegin)) out.erase(0, kBegin.size());
  return out.substr(0, std::min<size_t>(out.find("; last read:"), 200));
}

Result<Json> read_json(std::string_view text, const std::string& where) {
  try {
    Json json = Json::parse(text);
    if (json.is_object()) return json;
  } catch (const Json::exception& error) {
    return fail(ErrorKind::bad_input, where, "is no JSON", cause_of(error));
  }
  return fail(ErrorKind::bad_input, where, "is no JSON object");
}

}  // namespace

Result<MachineProfile> parse_profile(std::string_view text, const std::string& where) {
  const Json json = TRY(read_json(text, where));
  Status status;
  MachineProfile machine = read_machine(Reader(json, "", status));
  if (status) return machine;
  const Error& error = status.error();
  return fail(error.kind, where, error.where + " " + error.what);
}

std::string profile_json(const MachineProfile& m) {
  Json out;
  out["name"] = m.name;
  out["cpu"] = json_of(m.devices.at(0), true);
  out["gpus"] = Json::array();
  for (size_t i = 1; i < m.devices.size(); ++i) out["gpus"].push_back(json_of(m.devices[i], false));
  if (m.disk) {
    out["disk"] = {{"read_GBps", m.disk->read_GBps},
                   {"latency_us", m.disk->latency_us},
                   {"basis", name_of(m.disk->basis)}};
  }
  out["overlap"] = m.overlap;
  out["fixed_mixed_ms"] = m.fixed_mixed_ms;
  if (m.scratch == ScratchRule::llama_cpp) out["scratch"] = "llama.cpp";
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace straddle::plan
