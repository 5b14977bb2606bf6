// `straddle list`, `straddle show` and `straddle version`: what is here.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/number_text.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "cli/show.h"
#include "store/store.h"
#include "terminal/terminal.h"

namespace straddle::cli {

namespace {

std::string table(const std::vector<store::LocalModel>& models) {
  size_t width = 4;
  for (const auto& m : models) width = std::max(width, terminal::display_width(printable(m.name)));
  const auto row = [&](const std::string& name, const std::string& size, const std::string& path) {
    return padded(name, width + 4) + padded(size, 10) + path + "\n";
  };
  std::string out = row("NAME", "SIZE", "PATH");
  for (const auto& m : models) out += row(printable(m.name), short_bytes(m.bytes), printable(m.path));
  return out;
}

std::string json_text(const std::vector<store::LocalModel>& models) {
  using Json = nlohmann::ordered_json;
  Json out = Json::array();
  for (const auto& m : models) {
    out.push_back({{"name", m.name}, {"path", m.path}, {"bytes", m.bytes}});
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
  const auto models = store::list_models(&problems);
  say(request.json ? json_text(models) : table(models));
  for (const auto& model : models) warn_of_missing_parts(model);
  for (const auto& line : problems) warn(line);
  warn_of_missing_folder();
  return {};
}

Status show_model(const Request& request) {
  auto file = TRY(store::open_file(request.words[0], true));
  show(file, {.tensors = request.tensors, .metadata = request.verbose, .json = request.json}, say);
  return {};
}

Status version(const Request&) {
  say("straddle version is " STRADDLE_VERSION "\n");
  return {};
}

}  // namespace straddle::cli
