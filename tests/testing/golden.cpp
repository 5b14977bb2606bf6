#include "testing/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace straddle::testing {

std::string source(std::string_view name) { return std::string(STRADDLE_SOURCE "/").append(name); }

std::string golden(std::string_view name) {
  const char* forced = std::getenv("STRADDLE_GOLDEN");
  for (const std::string& folder :
       {std::string(forced ? forced : STRADDLE_GOLDEN), source("tests/golden")}) {
    const std::string path = folder + "/" + std::string(name);
    if (std::filesystem::exists(path)) return path;
  }
  return {};
}

std::vector<std::string> golden_models(std::initializer_list<std::string_view> folders) {
  std::vector<std::string> out;
  for (const std::string_view folder : folders) {
    const std::string path = golden(folder);
    if (path.empty()) continue;
    const auto begin = std::ptrdiff_t(out.size());
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (entry.path().extension() == ".gguf") out.push_back(entry.path());
    std::sort(out.begin() + begin, out.end());
  }
  return out;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<uint8_t> read_bytes(const std::string& path) {
  const std::string text = read_text(path);
  return {text.begin(), text.end()};
}

std::vector<float> read_floats(const std::string& path) {
  const std::string text = read_text(path);
  std::vector<float> out(text.size() / sizeof(float));
  std::memcpy(out.data(), text.data(), out.size() * sizeof(float));
  return out;
}

double nmse(std::span<const float> a, std::span<const float> ref) {
  const double infinite = std::numeric_limits<double>::infinity();
  if (a.size() != ref.size() || ref.empty()) return infinite;
  double mean = 0;
  for (float x : ref) mean += x;
  mean /= double(ref.size());
  double error = 0, spread = 0;
  for (size_t i = 0; i < ref.size(); ++i) {
    if (!std::isfinite(a[i])) return infinite;
    error += (double(a[i]) - ref[i]) * (double(a[i]) - ref[i]);
    spread += (ref[i] - mean) * (ref[i] - mean);
  }
  return spread > 0 ? error / spread : (error > 0 ? infinite : 0);
}

}  // namespace straddle::testing
