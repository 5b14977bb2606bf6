#include "cli/corrections.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "cli/json.h"
#include "cli/printable.h"

namespace straddle::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKey = "corrections";  // beside the keys of a profile
constexpr size_t kMostModels = 100;
constexpr double kMostTime = 100;  // nothing that was kept is so far off

std::string key_of(const gguf::File& file) {
  return std::filesystem::path(file.path()).filename().string() + " " +
         std::to_string(file.file_bytes());
}

// An object, or what was kept makes no sense.
Json kept_json(const Machine& machine) {
  Json out = parse_json(read_profile_file(machine));
  return out.is_object() ? out : Json();
}

const Json* models_of(const Json& profile) {
  const auto found = profile.find(kKey);
  return found != profile.end() && found->is_object() ? &*found : nullptr;
}

bool makes_sense(const Json& time) {
  return time.is_number() && time.get<double>() > 1 / kMostTime && time.get<double>() < kMostTime;
}

}  // namespace

std::vector<plan::Correction> kept_corrections(const Machine& machine, const gguf::File& file) {
  std::vector<plan::Correction> out;
  const Json profile = kept_json(machine);
  const Json* models = profile.is_object() ? models_of(profile) : nullptr;
  if (!models) return out;
  const auto found = models->find(key_of(file));
  if (found == models->end() || !found->is_object()) return out;
  for (const auto& [device, time] : found->items()) {
    if (makes_sense(time)) out.push_back({device, time.get<double>()});
  }
  return out;
}

Status keep_corrections(const Machine& machine, const gguf::File& file,
                        const std::vector<plan::Correction>& corrections) {
  Json profile = kept_json(machine);
  if (!profile.is_object()) return fail(ErrorKind::io, profile_path(machine), "is no longer there");
  Json models = models_of(profile) ? *models_of(profile) : Json::object();
  models.erase(key_of(file));
  while (models.size() >= kMostModels) models.erase(models.begin());
  Json times = Json::object();
  for (const plan::Correction& each : corrections) times[each.device] = each.time;
  if (!times.empty()) models[key_of(file)] = std::move(times);
  profile[kKey] = std::move(models);
  return write_profile_file(machine, profile.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string correction_words(const std::vector<plan::Correction>& corrections) {
  std::string out;
  for (const plan::Correction& each : corrections) {
    char time[40];
    std::snprintf(time, sizeof time, out.empty() ? " takes %.2f times as long" : " %.2f times",
                  each.time);
    out += (out.empty() ? "" : ", ") + printable(each.device) + time;
  }
  return out;
}

}  // namespace straddle::cli
