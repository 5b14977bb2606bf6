#include "gguf/split_set.h"

#include <algorithm>
#include <cstdio>

#include "gguf/name_index.h"
#include "gguf/typed.h"
#include "gguf/value.h"

namespace straddle::gguf {
namespace {

constexpr size_t kTail = 20;  // "-00002-of-00003.gguf"

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

tl::unexpected<Error> bad(const std::string& path, std::string what, std::string hint = {}) {
  return fail(ErrorKind::bad_file, path, std::move(what), std::move(hint));
}

const Entry* find(const std::vector<Entry>& entries, std::string_view key) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

// The three keys by which the files of a split set know each other.
struct SplitKeys {
  uint64_t number = 0, count = 0, tensors = 0;
};

Result<uint64_t> split_key(const Header& header, const char* key, const std::string& path) {
  const Entry* entry = find(header.entries, key);
  if (!entry) return bad(path, "key " + in_quotes(key) + " is missing", "split the model again");
  auto value = to_integer(entry->key, entry->value);
  if (!value) return bad(path, value.error().what, "split the model again");
  return *value;
}

Result<SplitKeys> split_keys(const Header& header, const std::string& path) {
  SplitKeys out;
  const std::pair<const char*, uint64_t*> rows[] = {
      {"split.no", &out.number}, {"split.count", &out.count}, {"split.tensors.count", &out.tensors}};
  for (auto [key, field] : rows) {
    auto value = TRY(split_key(header, key, path));
    *field = value;
  }
  return out;
}

// 1 for a file that stands alone.
Result<uint64_t> file_count(const Header& header, const std::string& path) {
  if (!find(header.entries, "split.count")) return 1;
  auto count = TRY(split_key(header, "split.count", path));
  return std::max<uint64_t>(count, 1);
}

Result<SplitName> checked_name(const std::string& path, uint64_t count) {
  const std::string said = "it is one of " + std::to_string(count) + " parts by its keys, ";
  auto name = parse_split_name(path);
  if (!name)
    return bad(path, said + "but its name does not say which", "rename it to NAME-00001-of-0000N.gguf");
  if (name->count != count)
    return bad(path, said + "one of " + std::to_string(name->count) + " by its name",
               "give it back the name it had");
  return *name;
}

class Joiner {
 public:
  Joiner(SplitName name, bool header_only) : name_(std::move(name)), header_only_(header_only) {}

  Result<Joined> join() {
    for (uint32_t number = 1; number <= name_.count; ++number) TRY(add(number));
    return check_whole();
  }

 private:
  Status add(uint32_t number) {
    const std::string path = split_name(name_.prefix, number, name_.count);
    auto map = MappedFile::open(path);
    if (!map && map.error().kind == ErrorKind::not_found)
      return fail(
          ErrorKind::not_found, path,
          "part " + std::to_string(number) + " of " + std::to_string(name_.count) + " is missing",
          "download it too");
    if (!map) return fail(map);
    auto header = TRY(read_header(map->bytes(), path, header_only_));
    TRY(check_keys(header, path, number));
    TRY(take_keys(header, path, number));
    take_tensors(header, number);
    out_.paths.push_back(path);
    out_.file_bytes += map->bytes().size();
    out_.bytes.push_back(map->bytes());
    out_.maps.push_back(std::move(*map));
    return {};
  }

  Status check_keys(const Header& header, const std::string& path, uint32_t number) {
    auto keys = TRY(split_keys(header, path));
    if (number == 1) tensors_ = keys.tensors;
    if (keys.number + 1 != number)
      return bad(path,
                 "split.no is " + std::to_string(keys.number) + ", by its name it should be " +
                     std::to_string(number - 1),
                 "give it back the name it had");
    if (keys.count != name_.count || keys.tensors != tensors_)
      return bad(path, "split.count or split.tensors.count differs from the first part's",
                 "take all parts from the same model");
    return {};
  }

  // A later file may repeat keys of the first, with the same value; those of the container itself
  // (split.*, alignment) hold per file.
  Status take_keys(Header& header, const std::string& path, uint32_t number) {
    if (number == 1) {
      out_.header.version = header.version;
      out_.header.entries = std::move(header.entries);
      first_keys_ =
          NameIndex(out_.header.entries.size(), [&](size_t i) { return out_.header.entries[i].key; });
      return {};
    }
    for (Entry& entry : header.entries) {
      if (entry.key.starts_with("split.") || entry.key == "general.alignment") continue;
      const auto known = first_keys_.find(entry.key);
      if (!known)
        added_.push_back(std::move(entry));
      else if (encode(out_.header.entries[*known].value) != encode(entry.value))
        return bad(path, "key " + in_quotes(entry.key) + " differs from the first part's",
                   "take all parts from the same model");
    }
    return {};
  }

  void take_tensors(const Header& header, uint32_t number) {
    for (Tensor tensor : header.tensors) {
      tensor.file = number - 1;
      out_.header.tensors.push_back(tensor);
    }
  }

  Result<Joined> check_whole() {
    auto& header = out_.header;
    std::move(added_.begin(), added_.end(), std::back_inserter(header.entries));
    const NameIndex keys(header.entries.size(), [&](size_t i) { return header.entries[i].key; });
    if (auto key = keys.twice())
      return bad(out_.paths[0], "key " + in_quotes(*key) + " is in two parts");
    const NameIndex names(header.tensors.size(), [&](size_t i) { return header.tensors[i].name; });
    if (auto name = names.twice())
      return bad(out_.paths[0], "tensor " + in_quotes(*name) + " is in two parts",
                 "take all parts from the same model");
    if (header.tensors.size() != tensors_)
      return bad(out_.paths[0],
                 "split.tensors.count is " + std::to_string(tensors_) + ", but the parts hold " +
                     std::to_string(header.tensors.size()) + " tensors",
                 "take all parts from the same model");
    return std::move(out_);
  }

  SplitName name_;
  bool header_only_;
  uint64_t tensors_ = 0;
  NameIndex first_keys_;
  std::vector<Entry> added_;  // keys that only later files have
  Joined out_;
};

Joined alone(const std::string& path, MappedFile map, Header header) {
  Joined out;
  out.paths.push_back(path);
  out.file_bytes = map.bytes().size();
  out.bytes.push_back(map.bytes());
  out.maps.push_back(std::move(map));
  out.header = std::move(header);
  return out;
}

}  // namespace

std::optional<SplitName> parse_split_name(const std::string& path) {
  if (path.size() < kTail) return std::nullopt;
  const std::string tail = path.substr(path.size() - kTail);
  const std::string number = tail.substr(1, 5), count = tail.substr(10, 5);
  if (tail[0] != '-' || tail.substr(6, 4) != "-of-" || tail.substr(15) != ".gguf") return std::nullopt;
  if (!is_digits(number) || !is_digits(count)) return std::nullopt;
  SplitName out{path.substr(0, path.size() - kTail), uint32_t(std::stoul(number)),
                uint32_t(std::stoul(count))};
  if (out.number < 1 || out.number > out.count) return std::nullopt;
  return out;
}

std::string split_name(const std::string& prefix, uint32_t number, uint32_t count) {
  char tail[32];
  std::snprintf(tail, sizeof(tail), "-%05u-of-%05u.gguf", number, count);
  return prefix + tail;
}

Result<Joined> open_files(const std::string& path, bool header_only) {
  auto map = TRY(MappedFile::open(path));
  auto header = TRY(read_header(map.bytes(), path, header_only));
  auto count = TRY(file_count(header, path));
  if (count == 1) return alone(path, std::move(map), std::move(header));
  auto name = TRY(checked_name(path, count));
  return Joiner(std::move(name), header_only).join();
}

}  // namespace straddle::gguf
