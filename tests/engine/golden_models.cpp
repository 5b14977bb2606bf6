#include "engine/golden_models.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "testing/golden.h"

namespace straddle::testing {
namespace {

using nlohmann::json;

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string() + "/";
}

GoldenModel read_model(const std::string& path) {
  const json j = json::parse(read_text(path));
  const std::string folder = folder_of(path);
  GoldenModel model{j.at("name"), folder + std::string(j.at("file")), j.at("tokens"), {}};
  for (const json& run : j.at("runs")) {
    model.runs.push_back({run.at("n_ctx"), folder + std::string(run.at("ref_file")),
                          folder + run.value("llama_file", std::string())});
  }
  return model;
}

}  // namespace

GoldenModel read_float_model(const std::string& name) {
  return read_model(golden("models/" + name + ".json"));
}

std::vector<std::string> float_models() {
  std::vector<std::string> names;
  for (const std::string folder : {"arch/", "small/"}) {
    for (const auto& entry : std::filesystem::directory_iterator(golden("models/" + folder))) {
      if (entry.path().extension() == ".gguf") names.push_back(folder + entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string gtest_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

std::vector<GoldenModel> read_quant_models() {
  std::vector<GoldenModel> models;
  const std::string path = golden("models/quant/quant.json");
  if (path.empty()) return models;
  const std::string folder = folder_of(path);
  const json j = json::parse(read_text(path));
  for (const auto& [format, row] : j.at("formats").items()) {
    const std::string file = folder + std::string(row.at("file"));
    if (!std::filesystem::exists(file)) continue;
    const json& rounded = row.at("nmse_ref_with_rounded_activations");
    models.push_back(
        {format,
         file,
         j.at("tokens"),
         {{256, folder + std::string(row.at("ref_file")), folder + std::string(row.at("llama_file"))}},
         rounded.at("int8_block32"),
         rounded.at("int8_block256")});
  }
  return models;
}

GoldenModel read_mxfp4_model(const std::string& path) {
  const json j = json::parse(read_text(path));
  const std::string folder = folder_of(path);
  return {"MXFP4 experts",
          folder + std::string(j.at("file")),
          j.at("tokens"),
          {{512, folder + std::string(j.at("ref_file")), folder + std::string(j.at("llama_file"))}}};
}

std::vector<float> logits(const GoldenModel& model, const GoldenRun& run, const Where& where,
                          size_t chunk) {
  auto file = gguf::File::open(model.file);
  if (!file) {
    ADD_FAILURE() << one_line(file.error());
    return {};
  }
  engine::LoadOptions options{.devices = {where.device},
                              .placement = where.placement,
                              .isa = where.isa,
                              .threads = where.threads,
                              .context = run.context,
                              .max_rows = 64,
                              .max_wanted = 64,
                              .kv = ops::KvType::f32,
                              .wrap = where.wrap};
  if (!where.second.empty()) options.devices.push_back(where.second);
  auto engine = engine::Engine::load(*file, options);
  if (!engine) {
    ADD_FAILURE() << one_line(engine.error());
    return {};
  }
  std::vector<float> out;
  for (size_t at = 0; at < model.tokens.size(); at += chunk) {
    const size_t n = std::min(chunk, model.tokens.size() - at);
    const auto rows = engine->feed(0, std::span(model.tokens).subspan(at, n), engine::Wanted::all);
    if (!rows) {
      ADD_FAILURE() << one_line(rows.error());
      return {};
    }
    out.insert(out.end(), rows->begin(), rows->end());
  }
  return out;
}

bool same_bytes(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

}  // namespace straddle::testing
