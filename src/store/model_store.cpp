#include "store/model_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/lower_case.h"
#include "base/mapped_file.h"
#include "base/utf8.h"
#include "store/blob_writer.h"
#include "store/store_lock.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestText = 16 << 20;  // of a layer; licences have some 100,000 bytes

std::vector<std::string> names_in(const fs::path& folder, std::vector<std::string>* problems) {
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    out.push_back(at->path().filename().string());
  const bool told = failed && failed != std::errc::no_such_file_or_directory &&
                    failed != std::errc::not_a_directory && problems;
  if (told) problems->push_back(folder.string() + ": cannot be read: " + failed.message());
  std::sort(out.begin(), out.end());
  return out;
}

// The spelling that is there; else as it was typed.
std::string spelling(const fs::path& folder, const std::string& part) {
  std::error_code ignored;
  if (fs::exists(folder / part, ignored)) return part;
  for (const std::string& name : names_in(folder, nullptr))
    if (lower_case(name) == lower_case(part)) return name;
  return part;
}

tl::unexpected<Error> not_there(const ModelName& name) {
  return fail(ErrorKind::not_found, "", "model '" + name.shown() + "' not found");
}

Result<std::string> text_of(const std::string& path, size_t most) {
  auto file = TRY(MappedFile::open(path));
  if (file.bytes().size() > most) return fail(ErrorKind::bad_file, path, "is unreasonably large");
  return std::string(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
}

int64_t modified_at(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? int64_t(info.st_mtime) : 0;
}

// Digests that any other name needs; fails where a manifest cannot be read.
Result<std::set<Digest>> used_digests(const ModelStore& store) {
  std::vector<std::string> problems;
  std::set<Digest> out;
  for (const StoreEntry& entry : store.list(&problems)) {
    out.insert(entry.manifest.config.digest);
    for (const Blob& layer : entry.manifest.layers) out.insert(layer.digest);
  }
  if (problems.empty()) return out;
  return fail(ErrorKind::bad_file, "", problems[0]);
}

// Blobs of a manifest that stood for a name and does no more. A line where nobody knows what others
// need, and so nothing is removed; else empty.
std::string remove_unused(const ModelStore& store, const Manifest& manifest) {
  const auto used = used_digests(store);
  if (!used) return "its files stay, as others may need them: " + one_line(used.error());
  std::vector<Blob> own = manifest.layers;
  own.push_back(manifest.config);
  for (const Blob& blob : own)
    if (!blob.digest.hex().empty() && !used->contains(blob.digest))
      ::unlink(store.blob_path(blob.digest).c_str());
  return {};
}

// A folder that holds something stays.
void remove_empty_folders(fs::path folder, const fs::path& top) {
  for (; folder != top && ::rmdir(folder.c_str()) == 0; folder = folder.parent_path()) {
  }
}

}  // namespace

bool ModelStore::exists() const {
  std::error_code ignored;
  return fs::is_directory(manifests(), ignored);
}

bool ModelStore::writable() const {
  fs::path at = root_;
  std::error_code ignored;
  while (!fs::exists(at, ignored) && at.has_relative_path()) at = at.parent_path();
  const auto may_write = [](const fs::path& path) {
    std::error_code none;
    return !fs::exists(path, none) || ::access(path.c_str(), W_OK | X_OK) == 0;
  };
  return may_write(at) && may_write(manifests()) && may_write(blobs());
}

std::vector<StoreEntry> ModelStore::list(std::vector<std::string>* problems) const {
  std::vector<StoreEntry> out;
  const auto add = [&](const std::string& host, const std::string& owner, const std::string& model,
                       const std::string& tag) {
    const auto name = model_name_of(host, owner, model, tag);
    const std::string path = manifests() + "/" + host + "/" + owner + "/" + model + "/" + tag;
    std::error_code ignored;
    if (!name || !fs::is_regular_file(path, ignored)) return;  // no name: something else lies there
    auto entry = entry_of(*name, path);
    if (entry)
      out.push_back(std::move(*entry));
    else if (problems)
      problems->push_back(one_line(entry.error()));
  };
  const fs::path top = manifests();
  for (const std::string& host : names_in(top, problems))
    for (const std::string& owner : names_in(top / host, problems))
      for (const std::string& model : names_in(top / host / owner, problems))
        for (const std::string& tag : names_in(top / host / owner / model, problems))
          add(host, owner, model, tag);
  return out;
}

std::string ModelStore::spelled(const ModelName& name) const {
  std::string path = manifests();
  for (const std::string* part : {&name.host, &name.owner, &name.model, &name.tag})
    path += "/" + spelling(path, *part);
  return path;
}

Result<StoreEntry> ModelStore::find(const ModelName& name) const {
  const std::string path = spelled(name);
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return not_there(name);
  const fs::path at = path, model = at.parent_path(), owner = model.parent_path();
  auto found = TRY(model_name_of(owner.parent_path().filename().string(), owner.filename().string(),
                                 model.filename().string(), at.filename().string()));
  found.plain_http = name.plain_http;
  return entry_of(found, path);
}

Result<StoreEntry> ModelStore::entry_of(const ModelName& name, const std::string& path) const {
  auto text = TRY(text_of(path, kLargestJson));
  auto manifest = TRY(parse_manifest(text, path));
  return StoreEntry{name, path, digest_of(text), std::move(manifest), modified_at(path)};
}

Result<std::string> ModelStore::manifest_bytes(const StoreEntry& entry) const {
  return text_of(entry.path, kLargestJson);
}

std::string ModelStore::blob_path(const Digest& digest) const {
  return blobs() + "/" + digest.file_name();
}

Status ModelStore::check_blob(const Blob& blob) const {
  const std::string path = blob_path(blob.digest);
  struct stat info;
  if (::stat(path.c_str(), &info) != 0)
    return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::io, path,
                errno == ENOENT ? "this part of the model is not there" : std::strerror(errno),
                "pull or create the model again");
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::io, path, "not a regular file");
  if (uint64_t(info.st_size) == blob.size) return {};
  return fail(ErrorKind::bad_file, path,
              "has " + std::to_string(info.st_size) + " bytes, but the manifest says " +
                  std::to_string(blob.size),
              "it is damaged: pull or create the model again");
}

Result<std::string> ModelStore::blob_text(const Blob& blob) const {
  TRY(check_blob(blob));
  auto text = TRY(text_of(blob_path(blob.digest), kLargestText));
  if (text.find('\0') != text.npos || replace_invalid(text) != text)
    return fail(ErrorKind::bad_file, blob_path(blob.digest), "is no text");
  return text;
}

// ---- writing

Status ModelStore::make_folders(const std::string& folder) const {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return fail(ErrorKind::io, folder, "cannot be made: " + failed.message());
  return {};
}

Result<Blob> ModelStore::add_text(LayerKind kind, std::string_view text) const {
  TRY(make_folders(blobs()));
  auto writer = TRY(BlobWriter::create(*this));
  TRY(writer.append(text));
  return writer.finish(kind);
}

Result<Blob> ModelStore::add_file(LayerKind kind, const std::string& path,
                                  const FileProgress& progress) const {
  TRY(make_folders(blobs()));
  return copy_into(*this, kind, path, progress);
}

Result<Blob> ModelStore::adopt_file(LayerKind kind, const std::string& path,
                                    const FileProgress& progress) const {
  auto blob = TRY(hash_file(path, progress));
  blob.kind = kind;
  blob.media_type = media_type_of(kind);
  if (::rename(path.c_str(), blob_path(blob.digest).c_str()) != 0)
    return fail(ErrorKind::io, path, std::string("cannot be renamed: ") + std::strerror(errno));
  return blob;
}

Status ModelStore::write_manifest(const ModelName& name, std::string_view text) const {
  const auto manifest = TRY(parse_manifest(text, name.shown()));
  TRY(make_folders(root_));
  auto lock = TRY(StoreLock::wait_for(root_));
  if (!manifest.config.digest.hex().empty()) {
    TRY(check_blob(manifest.config));
  }
  for (const Blob& layer : manifest.layers) {
    TRY(check_blob(layer));
  }
  const fs::path path = spelled(name);
  TRY(make_folders(path.parent_path().string()));
  auto file = TRY(AtomicFile::create((path.parent_path() / ".new").string()));
  TRY(file.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  const auto old = find(name);
  TRY(file.commit_as(path.string()));
  if (old) remove_unused(*this, old->manifest);
  return {};
}

Status ModelStore::copy(const StoreEntry& from, const ModelName& to) const {
  const auto text = TRY(manifest_bytes(from));
  return write_manifest(to, text);
}

Result<std::string> ModelStore::remove(const StoreEntry& entry) const {
  auto lock = TRY(StoreLock::wait_for(root_));
  const auto now = TRY(find(entry.name));  // another program may have replaced it meanwhile
  if (::unlink(now.path.c_str()) != 0)
    return fail(ErrorKind::io, now.path, std::string("cannot be removed: ") + std::strerror(errno));
  remove_empty_folders(fs::path(now.path).parent_path(), manifests());
  return remove_unused(*this, now.manifest);
}

}  // namespace straddle::store
