// Model names -> files.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/edit_distance.h"
#include "base/environment.h"
#include "store/local_models.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;

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

std::string where_to_put(std::string_view name) {
  return "put " + std::string(name) + ".gguf into " + models_folder() + ", or give a path";
}

// ---- a name among the models that are here

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// "publisher/model" of "publisher/model/file".
std::string folder_of(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == name.npos ? "" : name.substr(0, slash);
}

// The one model that `fits`; null where there is none or more than one.
template <class Fits>
const LocalModel* only_one(const std::vector<LocalModel>& models, Fits fits) {
  const auto first = std::find_if(models.begin(), models.end(), fits);
  if (first == models.end()) return nullptr;
  return std::find_if(first + 1, models.end(), fits) == models.end() ? &*first : nullptr;
}

using Fits = bool (*)(const LocalModel&, const std::string& name);

bool has_name(const LocalModel& model, const std::string& name) { return model.name == name; }

// Else in another case (as Ollama has it), else without the folders in front, else by its folder.
constexpr Fits kLooseFits[] = {
    [](const LocalModel& m, const std::string& n) { return lower_case(m.name) == lower_case(n); },
    [](const LocalModel& m, const std::string& n) { return last_part(m.name) == n; },
    [](const LocalModel& m, const std::string& n) {
      return lower_case(last_part(m.name)) == lower_case(n);
    },
    [](const LocalModel& m, const std::string& n) { return !n.empty() && folder_of(m.name) == n; },
};

const LocalModel* only_one(const std::vector<LocalModel>& models, Fits fits, const std::string& name) {
  return only_one(models, [&](const LocalModel& m) { return fits(m, name); });
}

const LocalModel* loosely_named(const std::vector<LocalModel>& models, const std::string& name) {
  for (const Fits fits : kLooseFits)
    if (const LocalModel* found = only_one(models, fits, name)) return found;
  return nullptr;
}

// ---- what was meant by a name that nothing has

constexpr size_t kLongest = 100;  // letters that are compared

// What is compared: the last part, in small letters, without the ending.
std::string core_of(const std::string& name) {
  const std::string last = lower_case(last_part(name)), bare = without_suffix(last);
  return (bare.empty() ? last : bare).substr(0, kLongest);
}

// Small is near; far: none.
std::optional<size_t> how_near(const std::string& typed, const std::string& known) {
  if (typed.size() >= 3 && known.starts_with(typed)) return typed != known;
  const size_t distance = edit_distance(typed, known);
  return distance <= std::max<size_t>(1, typed.size() / 3) ? std::optional(distance) : std::nullopt;
}

// Model files beside the path that was typed.
std::vector<std::string> files_beside(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::directory_iterator at(folder.empty() ? "." : folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!without_suffix(name).empty() && is_file(at->path())) out.push_back(folder + name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Of two whose last parts are as near, the one whose folders are nearer. Empty where nothing is near.
std::string nearest(const std::string& typed, const std::vector<LocalModel>& models) {
  const std::string core = core_of(typed), bare = without_suffix(typed);
  const std::string whole = (bare.empty() ? typed : bare).substr(0, kLongest);
  if (core.size() < 2) return {};
  std::string best;
  auto least = std::pair(size_t(-1), size_t(-1));
  const auto consider = [&](const std::string& known) {
    const auto distance = how_near(core, core_of(known));
    if (!distance || *distance > least.first) return;
    const auto both = std::pair(*distance, edit_distance(whole, known.substr(0, kLongest)));
    if (both < least) least = both, best = known;
  };
  for (const std::string& path : files_beside(typed)) consider(path);
  for (const LocalModel& model : models) consider(model.name);
  return best;
}

// ---- why there is nothing

// nullopt: nothing is there.
std::optional<Error> why_no_model(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) {
    const bool folder = S_ISDIR(info.st_mode);
    return Error{ErrorKind::io, path, folder ? "it is a folder, not a model" : "not a regular file",
                 folder ? "give the path of a .gguf file" : ""};
  }
  const int error = errno;
  if (error != ENOENT && error != ENOTDIR) return Error{ErrorKind::io, path, std::strerror(error), ""};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return Error{ErrorKind::not_found, path, "a link to a file that is not there", ""};
}

bool is_path(const std::string& name) {
  return name.find('/') != name.npos || !without_suffix(name).empty();
}

Error why_no_file(const std::string& name) {
  if (name.empty()) return {ErrorKind::not_found, "MODEL", "its name is empty", "straddle list"};
  if (auto there = why_no_model(name)) return *there;
  if (auto there = why_no_model(models_folder() + "/" + name + ".gguf")) return *there;
  if (is_path(name)) return {ErrorKind::not_found, name, "no such file", ""};
  const bool has_tag = name.find(':') != name.npos;
  return {ErrorKind::not_found, name, "no model of this name",
          has_tag ? "names have no tags here; straddle list shows them" : where_to_put(name)};
}

// Where a name fits more than one: "2 models have this name: a/x, b/x".
std::optional<Error> why_not_one(const std::vector<LocalModel>& models, const std::string& name) {
  constexpr size_t kMost = 5;
  for (const Fits fits : kLooseFits) {
    std::string names;
    size_t count = 0;
    for (const LocalModel& model : models) {
      if (!fits(model, name) || ++count > kMost) continue;
      names.append(names.empty() ? "" : ", ").append(model.name);
    }
    if (count < 2) continue;
    return Error{ErrorKind::not_found, name, std::to_string(count) + " models have this name",
                 names + (count > kMost ? " ..." : "")};
  }
  return std::nullopt;
}

std::string without_latest(const std::string& name) {
  constexpr std::string_view kTag = ":latest";
  return name.ends_with(kTag) ? name.substr(0, name.size() - kTag.size()) : name;
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

std::vector<LocalModel> list_models(std::vector<std::string>* problems) {
  FolderWalk walk(problems);
  walk.add(models_folder());
  if (const std::string share = share_folder(); !share.empty()) walk.add(share + "/models");
  std::vector<LocalModel> out = std::move(walk.models);
  const auto by_name = [](const LocalModel& a, const LocalModel& b) { return a.name < b.name; };
  const auto same = [](const LocalModel& a, const LocalModel& b) { return a.name == b.name; };
  std::stable_sort(out.begin(), out.end(), by_name);
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

Result<std::string> find_model(std::string_view name) {
  const std::string typed(name);
  if (is_path(typed) && is_file(typed)) return typed;
  std::vector<std::string> problems;
  const auto models = list_models(&problems);
  if (const LocalModel* model = only_one(models, has_name, typed)) return model->path;
  if (is_file(typed)) return typed;
  if (const LocalModel* model = loosely_named(models, without_latest(typed))) return model->path;
  if (auto several = why_not_one(models, typed)) return tl::unexpected<Error>(std::move(*several));
  Error error = why_no_file(typed);
  const std::string near = nearest(typed, models);
  if (!near.empty())
    error.hint = "did you mean " + near + "?";
  else if (!problems.empty())
    error.hint = problems[0];
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace straddle::store
