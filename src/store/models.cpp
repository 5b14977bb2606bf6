// Model names -> files.
#include <algorithm>
#include <filesystem>

#include "base/environment.h"
#include "store/store.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".gguf";
constexpr std::string_view kFirstPart = "-00001-of-";  // NAME-00001-of-NNNNN.gguf

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// share/ of the source that the program was built from; __FILE__ would not do, compilers may cut it.
fs::path source_share() { return STRADDLE_SOURCE_SHARE; }

fs::path installed_share() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path() : program.parent_path() / "../share/straddle";
}

// The local name of a file in a models folder; empty for what is no model, or a later part of one.
std::string local_name(const fs::path& path) {
  std::string name = path.filename().string();
  if (name.size() <= kSuffix.size() || !name.ends_with(kSuffix)) return {};
  name.resize(name.size() - kSuffix.size());
  // "-00001-of-NNNNN": 10 characters and 5 digits.
  if (name.size() <= 15 || name.substr(name.size() - 9, 4) != "-of-") return name;
  const size_t part = name.size() - 15;
  return name.substr(part, 10) == kFirstPart ? name.substr(0, part) : std::string();
}

void add_folder(const fs::path& folder, std::vector<LocalModel>& out) {
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = local_name(at->path());
    if (name.empty() || !is_file(at->path())) continue;
    std::error_code ignored;
    out.push_back({name, at->path().string(), at->file_size(ignored)});
  }
}

std::string where_to_put(std::string_view name) {
  return "put " + std::string(name) + ".gguf into " + models_folder() + ", or give a path";
}

}  // namespace

std::string models_folder() {
  if (auto folder = environment("STRADDLE_MODELS"); !folder.empty()) return folder;
  if (auto data = environment("XDG_DATA_HOME"); !data.empty()) return data + "/straddle/models";
  return environment("HOME") + "/.local/share/straddle/models";
}

std::string share_folder() {
  const fs::path candidates[] = {environment("STRADDLE_SHARE"), installed_share(), source_share()};
  for (const fs::path& folder : candidates) {
    if (!folder.empty() && is_folder(folder)) return folder.lexically_normal().string();
  }
  return {};
}

std::vector<LocalModel> list_models() {
  std::vector<LocalModel> out;
  add_folder(models_folder(), out);
  if (const std::string share = share_folder(); !share.empty()) add_folder(share + "/models", out);
  const auto by_name = [](const LocalModel& a, const LocalModel& b) { return a.name < b.name; };
  const auto same = [](const LocalModel& a, const LocalModel& b) { return a.name == b.name; };
  std::stable_sort(out.begin(), out.end(), by_name);
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

Result<std::string> find_model(std::string_view name) {
  if (is_file(name)) return std::string(name);
  const bool is_path = name.find('/') != name.npos || name.ends_with(kSuffix);
  if (is_path) return fail(ErrorKind::not_found, std::string(name), "no such file");
  for (LocalModel& model : list_models()) {
    if (model.name == name) return std::move(model.path);
  }
  return fail(ErrorKind::not_found, std::string(name), "no model of this name", where_to_put(name));
}

}  // namespace straddle::store
