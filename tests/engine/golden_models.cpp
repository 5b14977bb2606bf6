#include "engine/golden_models.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "testing/golden.h"

namespace straddle::testing {
namespace {

using nlohmann::json;

GoldenModel read_model(const std::string& path) {
  const json j = json::parse(read_text(path));
  const std::string folder = std::filesystem::path(path).parent_path().string() + "/";
  GoldenModel model{j.at("name"), folder + std::string(j.at("file")), j.at("tokens"), {}};
  for (const json& run : j.at("runs")) {
    model.runs.push_back({run.at("n_ctx"), folder + std::string(run.at("ref_file")),
                          folder + std::string(run.at("llama_file"))});
  }
  return model;
}

}  // namespace

GoldenModel read_arch_model(const std::string& name) {
  return read_model(golden("models/arch/" + name + ".json"));
}

std::vector<std::string> arch_names() {
  std::vector<std::string> names;
  const std::string folder = golden("models/arch");
  if (folder.empty()) return names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".gguf") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<GoldenModel> read_quant_models() {
  std::vector<GoldenModel> models;
  const std::string path = golden("models/quant/quant.json");
  if (path.empty()) return models;
  const std::string folder = std::filesystem::path(path).parent_path().string() + "/";
  const json j = json::parse(read_text(path));
  for (const auto& [format, row] : j.at("formats").items()) {
    const std::string file = folder + std::string(row.at("file"));
    if (!std::filesystem::exists(file)) continue;
    models.push_back(
        {format,
         file,
         j.at("tokens"),
         {{256, folder + std::string(row.at("ref_file")), folder + std::string(row.at("llama_file"))}}});
  }
  return models;
}

}  // namespace straddle::testing
