// Which group a process belongs to stands in /proc/self/cgroup, where the folders of groups lie in
// /proc/self/mountinfo: man cgroups(7), proc(5). A file that is missing or says "max" limits nothing.
#include "base/limits.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace straddle {
namespace {

// The first of two pieces of a text, cut at the first `end`; `text` becomes the second.
std::string_view take(std::string_view& text, char end) {
  const std::string_view piece = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), piece.size() + 1));
  return piece;
}

bool lists(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    if (take(names, ',') == name) return true;
  }
  return false;
}

// Whether a path climbs: "/../a" is a group outside of what this process can see.
bool climbs(std::string_view path) {
  while (!path.empty()) {
    if (take(path, '/') == "..") return true;
  }
  return false;
}

// A whole number alone or before white space; none for "max", "-1" or what no 64 bits hold.
std::optional<uint64_t> to_number(std::string_view text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = end == text.data() + text.size() || *end == ' ' || *end == '\n';
  return error == std::errc() && whole ? std::optional(out) : std::nullopt;
}

// The number behind `label` at the start of one of a file's lines.
std::optional<uint64_t> read_number(const std::string& path, std::string_view label = "") {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(label)) continue;
    const size_t at = line.find_first_not_of(' ', label.size());
    return at == line.npos ? std::nullopt : to_number(std::string_view(line).substr(at));
  }
  return std::nullopt;
}

// ---- which group, and where it lies

struct Group {
  bool old = false;         // version 1
  std::string controllers;  // "memory", "cpu,cpuacct"; none in version 2
  std::string path;
};

// A controller belongs to a tree of version 1 or, where none has it, to that of version 2.
std::optional<Group> find_group(const std::string& root, std::string_view controller) {
  std::optional<Group> unified;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    std::string_view rest(line);
    take(rest, ':');
    const std::string names(take(rest, ':')), path(rest);
    if (lists(names, controller)) return Group{true, names, path};
    if (names.empty()) unified = {false, "", path};
  }
  return unified;
}

struct Mount {
  std::string top;     // the group that its folder shows
  std::string folder;  // where it lies
};

// Spaces and the like stand as \040 in mountinfo.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool octal = text[i] == '\\' && i + 3 < text.size() &&
                       std::from_chars(&text[i + 1], &text[i + 4], code, 8).ptr == &text[i + 4] &&
                       code < 256;
    out += octal ? char(code) : text[i];
    if (octal) i += 3;
  }
  return out;
}

// Of several mounts in one place the last one is seen.
std::optional<Mount> find_mount(const std::string& root, std::string_view controller, bool old) {
  std::optional<Mount> out;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t middle = line.find(" - ");
    if (middle == line.npos) continue;
    std::string_view place = std::string_view(line).substr(0, middle);
    std::string_view kind = std::string_view(line).substr(middle + 3);
    for (int skipped = 0; skipped < 3; ++skipped) take(place, ' ');
    const std::string_view top = take(place, ' '), folder = take(place, ' '), type = take(kind, ' ');
    take(kind, ' ');
    if (type == (old ? "cgroup" : "cgroup2") && (!old || lists(kind, controller)))
      out = {unescaped(top), unescaped(folder)};
  }
  return out;
}

// Where by custom a tree lies that no mount tells of, or whose mount is hidden behind another.
Mount customary(const Group& group) {
  const std::string folder = "/sys/fs/cgroup";
  return {"/", group.old ? folder + "/" + group.controllers : folder};
}

// What of a group's path lies below the folder of its tree; nothing where the group cannot be seen,
// as from within a container.
std::string_view below(std::string_view path, std::string_view top) {
  if (climbs(path)) return {};
  if (top == "/") return path;
  const bool inside = path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
  return inside ? path.substr(top.size()) : std::string_view();
}

// A group's own folder and those above it; with each, whether its files are those of version 1.
struct Folders {
  bool old = false;
  std::vector<std::string> paths;
};

Folders find_folders(const std::string& root, std::string_view controller) {
  const auto group = find_group(root, controller);
  if (!group) return {};
  auto mount = find_mount(root, controller, group->old);
  std::error_code error;
  if (!mount || !std::filesystem::is_directory(root + mount->folder, error)) mount = customary(*group);
  Folders out{group->old, {}};
  if (climbs(mount->folder)) return out;
  std::string_view path = below(group->path, mount->top);
  while (path.ends_with('/')) path.remove_suffix(1);
  for (;; path = path.substr(0, path.rfind('/'))) {
    out.paths.push_back(root + mount->folder + std::string(path));
    if (path.find('/') == path.npos) return out;
  }
}

// ---- what a group leaves

struct MemoryFiles {
  const char *limit, *soft, *used;
  const char *inactive, *active, *above;  // lines of memory.stat; above: the least limit up to the root
};
constexpr MemoryFiles kUnified = {"/memory.max",    "/memory.high", "/memory.current",
                                  "inactive_file ", "active_file ", nullptr};
constexpr MemoryFiles kOld = {"/memory.limit_in_bytes", nullptr,
                              "/memory.usage_in_bytes", "total_inactive_file ",
                              "total_active_file ",     "hierarchical_memory_limit "};

constexpr uint64_t kUnlimited = ~uint64_t(0);

// Above memory.high a group is not refused memory but slowed to a crawl: a limit too.
uint64_t limit_in(const std::string& folder, const MemoryFiles& files) {
  uint64_t limit = read_number(folder + files.limit).value_or(kUnlimited);
  if (files.soft) limit = std::min(limit, read_number(folder + files.soft).value_or(kUnlimited));
  if (files.above)
    limit = std::min(limit, read_number(folder + "/memory.stat", files.above).value_or(kUnlimited));
  return limit;
}

uint64_t free_in(const std::string& folder, const MemoryFiles& files) {
  const uint64_t limit = limit_in(folder, files);
  if (limit == kUnlimited) return kUnlimited;
  uint64_t used = read_number(folder + files.used).value_or(0);
  for (const char* pages : {files.inactive, files.active})
    used -= std::min(used, read_number(folder + "/memory.stat", pages).value_or(0));
  return limit - std::min(limit, used);
}

double cores_in(const std::string& folder, bool old) {
  std::optional<uint64_t> quota, period;
  if (old) {
    quota = read_number(folder + "/cpu.cfs_quota_us");
    period = read_number(folder + "/cpu.cfs_period_us");
  } else if (std::ifstream file(folder + "/cpu.max"); file) {
    std::string first, second;
    file >> first >> second;
    quota = to_number(first);
    period = to_number(second);
  }
  const bool limited = quota.value_or(0) > 0 && period.value_or(0) > 0;
  return limited ? double(*quota) / double(*period) : std::numeric_limits<double>::infinity();
}

}  // namespace

MachineLimits read_limits(const std::string& root) {
  MachineLimits out;
  const auto in_machine = [&](const char* label) {
    const auto kib = read_number(root + "/proc/meminfo", label);
    return kib ? std::min(*kib, kUnlimited >> 10) << 10 : kUnlimited;
  };
  out.memory = in_machine("MemTotal:");
  out.free_memory = in_machine("MemAvailable:");
  const Folders memory = find_folders(root, "memory"), cpu = find_folders(root, "cpu");
  for (const auto& folder : memory.paths) {
    const MemoryFiles& files = memory.old ? kOld : kUnified;
    out.memory_limit = std::min(out.memory_limit, limit_in(folder, files));
    out.free_memory = std::min(out.free_memory, free_in(folder, files));
  }
  for (const auto& folder : cpu.paths) out.cores = std::min(out.cores, cores_in(folder, cpu.old));
  return out;
}

}  // namespace straddle
