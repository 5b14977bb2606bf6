// Model names -> files.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/environment.h"
#include "store/local_models.h"
#include "store/why_no_model.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;

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

// ---- a name among the models that are here

// "publisher/model" of "publisher/model/file".
std::string folder_of(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == name.npos ? "" : name.substr(0, slash);
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

// Null where there is none or more than one.
const LocalModel* only_one(const std::vector<LocalModel>& models, Fits fits, const std::string& name) {
  const auto is_it = [&](const LocalModel& model) { return fits(model, name); };
  const auto first = std::find_if(models.begin(), models.end(), is_it);
  if (first == models.end()) return nullptr;
  return std::find_if(first + 1, models.end(), is_it) == models.end() ? &*first : nullptr;
}

const LocalModel* loosely_named(const std::vector<LocalModel>& models, const std::string& name) {
  for (const Fits fits : kLooseFits)
    if (const LocalModel* found = only_one(models, fits, name)) return found;
  return nullptr;
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

LocalModel listed(StoreEntry entry) {
  LocalModel out{entry.name.shown(), entry.path, entry.manifest.bytes()};
  out.modified = entry.modified;
  out.id = entry.id;
  return out;
}

// A file's name, not that of a store.
bool is_file_named(const LocalModel& model, const std::string& name) {
  return !model.stored() && has_name(model, name);
}

// None where no store has the name, or where it is no name at all.
Result<std::optional<FoundModel>> find_in_stores(const std::string& name) {
  auto entry = find_entry(name);
  const bool none =
      !entry && (entry.error().kind == ErrorKind::not_found || entry.error().kind == ErrorKind::usage);
  if (none) return std::optional<FoundModel>();
  if (!entry) return fail(entry);
  auto stored = TRY(read_stored_model(entry->first, std::move(entry->second)));
  FoundModel out{stored.path, {}};
  out.stored = std::move(stored);
  return out;
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
  std::vector<LocalModel> out;
  FolderWalk walk(problems);
  for (const ModelStore& store : model_stores()) {
    for (StoreEntry& entry : store.list(problems)) out.push_back(listed(std::move(entry)));
    walk.add(store.root());
  }
  if (const std::string share = share_folder(); !share.empty()) walk.add(share + "/models");
  std::ranges::move(walk.models, std::back_inserter(out));
  const auto by_name = [](const LocalModel& a, const LocalModel& b) { return a.name < b.name; };
  const auto same = [](const LocalModel& a, const LocalModel& b) { return a.name == b.name; };
  std::stable_sort(out.begin(), out.end(), by_name);
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

bool may_be_pulled(const std::string& name) {
  std::error_code ignored;
  return parse_model_name(name) && without_suffix(name).empty() &&
         !fs::exists(fs::symlink_status(name, ignored)) && !why_not_one(list_models(), name);
}

Result<FoundModel> find_model(std::string_view name) {
  const std::string typed(name);
  if (is_path(typed) && is_file(typed)) return FoundModel{typed};
  std::vector<std::string> problems;
  const auto models = list_models(&problems);
  if (const LocalModel* model = only_one(models, is_file_named, typed)) return FoundModel{model->path};
  if (is_file(typed)) return FoundModel{typed};
  if (auto stored = TRY(find_in_stores(typed))) return std::move(*stored);
  if (const LocalModel* model = loosely_named(models, without_latest(typed)))
    return FoundModel{model->path};
  if (auto several = why_not_one(models, typed)) return tl::unexpected<Error>(std::move(*several));
  return tl::unexpected<Error>(why_no_model(typed, models, problems));
}

}  // namespace straddle::store
