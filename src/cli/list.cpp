// `straddle list` and `straddle version`: what is here.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/lower_case.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/number_text.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli {

namespace {

using Models = std::vector<store::LocalModel>;

// As Ollama shows it: the first 12 digits. A file that lies in no store has none.
std::string short_id(const store::LocalModel& model) {
  return model.stored() ? model.id.hex().substr(0, 12) : "-";
}

std::string table(const Models& models) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::vector<std::vector<std::string>> rows = {{"NAME", "ID", "SIZE", "MODIFIED"}};
  for (const auto& m : models) {
    const auto age = now.time_since_epoch() - std::chrono::seconds(m.modified);
    rows.push_back({printable(m.name), short_id(m), short_bytes(m.bytes), age_text(age)});
  }
  return columns(rows);
}

bool begins_with(const std::string& name, const std::string& prefix) {
  return lower_case(name).starts_with(lower_case(prefix));
}

// The newest first, as Ollama lists them.
Models models_with(const std::string& prefix, std::vector<std::string>& problems) {
  Models out = store::list_models(&problems);
  std::erase_if(out, [&](const auto& m) { return !begins_with(m.name, prefix); });
  std::ranges::stable_sort(out, std::greater(), &store::LocalModel::modified);
  return out;
}

std::string json_text(const Models& models) {
  using Json = nlohmann::ordered_json;
  Json out = Json::array();
  for (const auto& m : models) {
    out.push_back({{"name", m.name}, {"path", m.path}, {"bytes", m.bytes}});
    out.back()["modified"] = m.modified;
    if (m.stored()) out.back()["id"] = m.id.hex();
    if (m.parts > 1) out.back()["parts"] = m.parts;
    if (!m.missing.empty()) out.back()["missing"] = m.missing;
  }
  return json_line(out);
}

void warn_of_missing_parts(const store::LocalModel& model) {
  constexpr size_t kMost = 5;
  if (model.missing.empty()) return;
  std::string numbers;
  for (size_t i = 0; i < std::min(model.missing.size(), kMost); ++i)
    numbers += (i ? ", " : "") + std::to_string(model.missing[i]);
  if (model.missing.size() > kMost) numbers += " ...";
  warn(model.name + ": missing of its " + std::to_string(model.parts) + " parts: " + numbers);
}

// A folder that was never made holds no models; one that was named is missed.
void warn_of_missing_folder() {
  const std::string folder = environment("STRADDLE_MODELS");
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::exists(folder, ignored))
    warn(folder + ": no such folder (STRADDLE_MODELS is set to it)");
}

}  // namespace

Status list(const Request& request) {
  std::vector<std::string> problems;
  const auto models = models_with(request.words.empty() ? "" : request.words[0], problems);
  say(request.json ? json_text(models) : table(models));
  for (const auto& model : models) warn_of_missing_parts(model);
  for (const auto& line : problems) warn(line);
  warn_of_missing_folder();
  return {};
}

Status version(const Request&) {
  say("straddle version is " STRADDLE_VERSION "\n");
  return {};
}

}  // namespace straddle::cli
