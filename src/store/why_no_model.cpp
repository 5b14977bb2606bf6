#include "store/why_no_model.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/edit_distance.h"
#include "store/local_models.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;

// ---- the name that was meant

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

// ---- what stands in the place of a model

// nullopt: nothing is there.
std::optional<Error> what_is_there(const std::string& path) {
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

std::string where_to_put(std::string_view name) {
  return "put " + std::string(name) + ".gguf into " + models_folder() + ", or give a path";
}

Error why_no_file(const std::string& name) {
  if (name.empty()) return {ErrorKind::not_found, "MODEL", "its name is empty", "straddle list"};
  if (auto there = what_is_there(name)) return *there;
  if (auto there = what_is_there(models_folder() + "/" + name + ".gguf")) return *there;
  if (is_path(name)) return {ErrorKind::not_found, name, "no such file", ""};
  const bool has_tag = name.find(':') != name.npos;
  return {ErrorKind::not_found, name, "no model of this name",
          has_tag ? "straddle list shows those that are here" : where_to_put(name)};
}

}  // namespace

Error why_no_model(const std::string& name, const std::vector<LocalModel>& models,
                   const std::vector<std::string>& problems) {
  Error error = why_no_file(name);
  const std::string near = nearest(name, models);
  if (!near.empty())
    error.hint = "did you mean " + near + "?";
  else if (!problems.empty())
    error.hint = problems[0];
  return error;
}

}  // namespace straddle::store
