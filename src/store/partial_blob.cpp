#include "store/partial_blob.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace straddle::store {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr uint64_t kSaveEach = 1 << 20;  // bytes that the end of the process may cost
constexpr auto kSyncEach = std::chrono::seconds(2);
constexpr size_t kStateBytes = 4096;  // at least: one page is written whole or not at all
constexpr size_t kLongestState = 1 << 16;
constexpr int64_t kKeptFor = 7 * 86400;  // seconds

tl::unexpected<Error> cannot(const std::string& path, const char* what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return fail(ErrorKind::io, path, std::string("cannot be ") + what + ": " + std::strerror(error),
              full ? "free some space; what was pulled is kept" : "");
}

// Differs after each start of the machine.
const std::string& boot_id() {
  static const std::string id = [] {
    std::string out;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> out;
    return out;
  }();
  return id;
}

// ---- what is known of a file

std::string small_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string out(kLongestState + 1, '\0');
  file.read(out.data(), std::streamsize(out.size()));
  out.resize(size_t(file.gcount()));
  return out.size() > kLongestState ? std::string() : out;
}

uint64_t number_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

// [[begin, end], ...] within `size`; what is wrong there is passed over.
void add_ranges(const Json& json, const char* key, uint64_t size, ByteRanges& out) {
  const auto list = json.find(key);
  for (const Json& pair : list != json.end() && list->is_array() ? *list : Json::array()) {
    const bool fits = pair.is_array() && pair.size() == 2 && pair[0].is_number_unsigned() &&
                      pair[1].is_number_unsigned() && pair[1].get<uint64_t>() <= size;
    if (fits) out.add({pair[0].get<uint64_t>(), pair[1].get<uint64_t>()});
  }
}

struct Claims {
  ByteRanges done, synced;
};

// Of another run of the machine only what was synced is believed.
void add_claims(const std::string& path, uint64_t size, Claims& out) {
  const Json json = Json::parse(small_text(path), nullptr, false);
  if (!json.is_object()) return;
  if (json.contains("Done")) {
    const auto boot = json.find("Boot");
    const bool same =
        boot != json.end() && boot->is_string() && !boot_id().empty() && *boot == boot_id();
    add_ranges(json, "Synced", size, out.synced);
    add_ranges(json, same ? "Done" : "Synced", size, out.done);
    return;
  }
  const uint64_t at = number_at(json, "Offset"), completed = number_at(json, "Completed");
  if (at <= size && completed <= size - at) out.done.add({at, at + completed});
}

bool is_state_of(const std::string& name, const std::string& data) {
  const std::string prefix = data + "-";
  return name.starts_with(prefix) && name.size() > prefix.size() &&
         name.find_first_not_of("0123456789", prefix.size()) == name.npos;
}

std::vector<std::string> states_of(const std::string& data) {
  std::vector<std::string> out;
  const fs::path path = data;
  std::error_code failed;
  for (fs::directory_iterator at(path.parent_path(), failed), end; !failed && at != end;
       at.increment(failed))
    if (is_state_of(at->path().filename().string(), path.filename().string()))
      out.push_back(at->path().string());
  return out;
}

Claims claims(const std::string& data, uint64_t size) {
  Claims out;
  struct stat info;
  if (::stat(data.c_str(), &info) != 0 || uint64_t(info.st_size) != size) return out;
  for (const std::string& path : states_of(data)) add_claims(path, size, out);
  return out;
}

Json json_of(const ByteRanges& ranges) {
  Json out = Json::array();
  for (const auto& [begin, end] : ranges) out.push_back({begin, end});
  return out;
}

// 0, or why not.
int write_at(int descriptor, uint64_t at, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), off_t(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    at += uint64_t(written);
    bytes = bytes.subspan(size_t(written));
  }
  return 0;
}

bool is_file_at(int descriptor, const std::string& path) {
  struct stat open, there;
  return ::fstat(descriptor, &open) == 0 && ::stat(path.c_str(), &there) == 0 &&
         open.st_dev == there.st_dev && open.st_ino == there.st_ino;
}

void sync_folder(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

PartialBlob::PartialBlob(const ModelStore& store, Blob blob, int data)
    : blob_(std::move(blob)), place_(store.blob_path(blob_.digest)), data_(data) {}

PartialBlob::~PartialBlob() {
  syncer_ = {};  // ends
  if (state_ >= 0) save();
  ::close(data_);
  if (state_ >= 0) ::close(state_);
}

Result<PartialBlob::Opened> PartialBlob::open(const ModelStore& store, const Blob& blob) {
  const std::string path = store.blob_path(blob.digest) + "-partial";
  constexpr int kTries = 100;  // each time another process has just finished it, or thrown it away
  for (int i = 0; i < kTries; ++i) {
    if (store.check_blob(blob)) return Opened{Found::whole};
    const int data = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (data < 0) return cannot(path, "opened", errno);
    auto out = std::unique_ptr<PartialBlob>(new PartialBlob(store, blob, data));
    if (::flock(data, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return Opened{Found::locked};
      return cannot(path, "locked", errno);
    }
    if (!is_file_at(data, path)) continue;
    TRY(out->begin());
    return Opened{Found::opened, std::move(out)};
  }
  return fail(ErrorKind::io, path, "another process takes it away again and again");
}

// What is known is written before the file has its size: a file that has it never stands beside claims
// of another one.
Status PartialBlob::begin() {
  Claims found = claims(path(), blob_.size);
  done_ = std::move(found.done);
  synced_ = std::move(found.synced);
  have_ = done_.total();
  const auto others = states_of(path());
  state_ = ::open(state_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (state_ < 0) return cannot(state_path(), "opened", errno);
  save();
  for (const std::string& other : others)
    if (other != state_path()) ::unlink(other.c_str());
  if (::ftruncate(data_, off_t(blob_.size)) != 0) return cannot(path(), "made so large", errno);
  syncer_ = std::jthread([this](const std::stop_token& stop) { sync(stop); });
  return {};
}

std::string PartialBlob::state_text() const {
  const Json json{{"N", 0},
                  {"Offset", 0},
                  {"Size", blob_.size},
                  {"Completed", done_.reach()},
                  {"Boot", boot_id()},
                  {"Done", json_of(done_)},
                  {"Synced", json_of(synced_)}};
  std::string out = json.dump();
  if (out.size() + 1 < kStateBytes) out.resize(kStateBytes - 1, ' ');
  return out + "\n";
}

// Where it cannot be written less is known the next time, and nothing is wrong.
void PartialBlob::save() {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    text = state_text();
  }
  unsaved_ = 0;
  write_at(state_, 0, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

// Pages go to the disk in any order: what is claimed for good waits until they are there.
void PartialBlob::sync(const std::stop_token& stop) {
  std::mutex alone;
  std::condition_variable_any never;
  std::unique_lock lock(alone);
  while (!never.wait_for(lock, stop, kSyncEach, [] { return false; }) && !stop.stop_requested()) {
    ByteRanges written;
    {
      const std::lock_guard hold(mutex_);
      written = done_;
    }
    if (::fdatasync(data_) != 0) continue;
    ::fdatasync(state_);
    const std::lock_guard hold(mutex_);
    synced_ = std::move(written);
  }
}

Status PartialBlob::write(uint64_t at, std::span<const uint8_t> bytes) {
  const uint64_t end = at + bytes.size();
  for (ByteRange gap = done_.gap(at, end); gap.size() > 0; gap = done_.gap(gap.end, end)) {
    const int failed =
        write_at(data_, gap.begin, bytes.subspan(size_t(gap.begin - at), size_t(gap.size())));
    if (failed != 0) return cannot(path(), "written", failed);
    const std::lock_guard lock(mutex_);
    done_.add(gap);
    have_ += gap.size();
    unsaved_ += gap.size();
  }
  if (unsaved_ >= kSaveEach) save();
  return {};
}

// Where Ollama pulled the same blob meanwhile and was first, its name is there already.
Status PartialBlob::finish() {
  syncer_ = {};
  if (::fsync(data_) != 0) return cannot(path(), "written", errno);
  if (::rename(path().c_str(), place_.c_str()) != 0 && !is_file_at(data_, place_))
    return cannot(path(), "renamed", errno);
  sync_folder(place_);
  ::unlink(state_path().c_str());
  ::close(std::exchange(state_, -1));
  return {};
}

void PartialBlob::discard() {
  syncer_ = {};
  ::unlink(path().c_str());
  ::unlink(state_path().c_str());
  if (is_file_at(data_, place_)) ::unlink(place_.c_str());
  ::close(std::exchange(state_, -1));
}

uint64_t missing_bytes(const ModelStore& store, const Blob& blob) {
  if (store.check_blob(blob)) return 0;
  return blob.size - claims(store.blob_path(blob.digest) + "-partial", blob.size).done.total();
}

// ---- what nobody goes on with

namespace {

bool is_left_over(const std::string& name) {
  return name.starts_with("new.part-") ||
         (name.starts_with("sha256-") && name.find("-partial") != name.npos);
}

bool is_old(const fs::path& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         int64_t(std::time(nullptr)) - int64_t(info.st_mtime) > kKeptFor;
}

// Held: a process pulls it, however long it has waited.
void remove_unless_held(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  ::close(descriptor);
}

}  // namespace

void remove_old_partials(const ModelStore& store) {
  std::vector<fs::path> old;
  std::error_code failed;
  for (fs::directory_iterator at(store.blobs(), failed), end; !failed && at != end; at.increment(failed))
    if (is_left_over(at->path().filename().string()) && is_old(at->path())) old.push_back(at->path());
  for (const fs::path& path : old) remove_unless_held(path);
}

}  // namespace straddle::store
