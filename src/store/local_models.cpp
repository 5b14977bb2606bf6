#include "store/local_models.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>

namespace straddle::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".gguf";
constexpr int kDeepest = 4;  // folders below the first

struct Listing {
  std::vector<std::string> files, folders, links_to_folders;
  std::error_code failed;
};

Listing list_folder(const fs::path& folder) {
  Listing out;
  for (fs::directory_iterator at(folder, out.failed), end; !out.failed && at != end;
       at.increment(out.failed)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (name.starts_with('.')) continue;
    if (at->is_regular_file(ignored)) out.files.push_back(name);
    if (!at->is_directory(ignored)) continue;
    (at->is_symlink(ignored) ? out.links_to_folders : out.folders).push_back(name);
  }
  for (auto* names : {&out.files, &out.folders, &out.links_to_folders})
    std::sort(names->begin(), names->end());
  return out;
}

uint64_t size_of(const fs::path& path) {
  std::error_code failed;
  const uint64_t size = fs::file_size(path, failed);
  return failed ? 0 : size;
}

int64_t modified_at(const fs::path& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? int64_t(info.st_mtime) : 0;
}

// The parts of a split set that are there: number and path.
using Parts = std::map<uint32_t, fs::path>;

LocalModel model_of(std::string name, uint32_t count, const Parts& parts) {
  LocalModel out{std::move(name), parts.begin()->second.string(), 0, count};
  for (const auto& [number, path] : parts) {
    out.bytes += size_of(path);
    out.modified = std::max(out.modified, modified_at(path));
  }
  for (uint32_t i = 1; i <= count && out.missing.size() < LocalModel::kMostMissing; ++i)
    if (!parts.contains(i)) out.missing.push_back(i);
  return out;
}

std::vector<LocalModel> models_of(const fs::path& folder, const std::string& prefix,
                                  const std::vector<std::string>& files) {
  std::vector<LocalModel> out;
  std::map<std::pair<std::string, uint32_t>, Parts> sets;  // by name and count of parts
  for (const std::string& file : files) {
    const std::string name = without_suffix(file);
    if (name.empty()) continue;
    if (const auto part = gguf::parse_split_name(file); part && !part->prefix.empty()) {
      sets[{part->prefix, part->count}][part->number] = folder / file;
    } else {
      out.push_back({prefix + name, (folder / file).string(), size_of(folder / file)});
      out.back().modified = modified_at(folder / file);
    }
  }
  for (const auto& [key, parts] : sets) out.push_back(model_of(prefix + key.first, key.second, parts));
  return out;
}

}  // namespace

std::string without_suffix(std::string name) {
  if (!lower_case(name).ends_with(kSuffix)) return {};
  name.resize(name.size() - kSuffix.size());
  return name;
}

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

bool is_path(const std::string& name) {
  return name.find('/') != name.npos || !without_suffix(name).empty();
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool FolderWalk::is_new(const fs::path& folder) {
  struct stat info;
  if (::stat(folder.c_str(), &info) != 0) return true;  // reading it says why
  return seen_.emplace(uint64_t(info.st_dev), uint64_t(info.st_ino)).second;
}

void FolderWalk::add(const fs::path& folder, const std::string& prefix, int depth) {
  if (!is_new(folder)) return;
  const Listing listing = list_folder(folder);
  if (listing.failed && listing.failed != std::errc::no_such_file_or_directory && problems_)
    problems_->push_back(folder.string() + ": cannot be read: " + listing.failed.message());
  std::ranges::move(models_of(folder, prefix, listing.files), std::back_inserter(models));
  if (depth >= kDeepest) return;
  for (const auto* names : {&listing.folders, &listing.links_to_folders})
    for (const std::string& name : *names) add(folder / name, prefix + name + "/", depth + 1);
}

void FolderWalk::add_one(const fs::path& folder) { add(folder, {}, kDeepest); }

}  // namespace straddle::store
