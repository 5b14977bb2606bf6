#include "store/made_file.h"

#include <sys/statvfs.h>

#include <filesystem>
#include <fstream>

#include "base/atomic_file.h"
#include "base/checked.h"
#include "base/size_text.h"

namespace straddle::store {
namespace {

constexpr std::string_view kFileType = "general.file_type", kVersion = "general.quantization_version";
constexpr uint32_t kQuantizationVersion = 2;  // llama.cpp's number for the layouts of blocks

// An empty one holds nothing.
Status check_replaceable(const std::string& out) {
  constexpr std::string_view kMagic = "GGUF";
  char begin[kMagic.size()] = {};
  std::ifstream file(out, std::ios::binary);
  file.read(begin, sizeof begin);
  const std::string_view read(begin, size_t(file.gcount()));
  if (read.empty() || read == kMagic) return {};
  return fail(ErrorKind::usage, out, "there is a file of this name that is no GGUF file",
              "choose another name, or remove it first");
}

// Behind all links, for the file is made there.
std::string folder_of(const std::string& out) {
  std::error_code failed;
  const auto target = std::filesystem::weakly_canonical(std::filesystem::absolute(out), failed);
  return failed ? "." : target.parent_path().string();
}

}  // namespace

void add_recipe_keys(const Recipe& recipe, gguf::Writer& writer) {
  writer.add(kFileType, recipe.file_type);
  writer.add(kVersion, kQuantizationVersion);
}

bool is_recipe_key(std::string_view key) { return key == kFileType || key == kVersion; }

uint64_t tensor_bytes(quant::Format format, uint64_t columns, uint64_t values) {
  return *quant::row_bytes(format, columns) * (values / columns);
}

// A file system that does not say how large it is has room.
Status check_room(const std::string& out, uint64_t bytes) {
  const std::string folder = folder_of(out);
  struct statvfs system = {};
  if (::statvfs(folder.c_str(), &system) != 0 || system.f_blocks == 0) return {};
  const auto room = checked_mul(uint64_t(system.f_bavail), uint64_t(system.f_frsize));
  if (!room || bytes <= *room) return {};
  return fail(ErrorKind::io, out,
              "needs " + size_needed(bytes) + ", " + size_free(*room) + " are free in " + folder,
              "free some space, or choose another folder");
}

Status check_target(const std::string& out, uint64_t bytes) {
  if (out.empty()) return fail(ErrorKind::usage, "OUT", "its name is empty");
  TRY(AtomicFile::create(out));  // that it can be written is tried: what is made for it goes at once
  TRY(check_replaceable(out));
  return check_room(out, bytes);
}

}  // namespace straddle::store
