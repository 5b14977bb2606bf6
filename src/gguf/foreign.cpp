#include "gguf/foreign.h"

#include <string_view>

namespace straddle::gguf {
namespace {

struct Stranger {
  std::string_view begins, what, hint;
};

// Most telling first. The old magics appear in both byte orders.
constexpr std::string_view kOld = "a pre-GGUF file";
constexpr std::string_view kConvert = "convert the original model to GGUF";
constexpr std::string_view kBig = "big-endian GGUF";
constexpr std::string_view kSwap = "convert it to little-endian first";
constexpr Stranger kStrangers[] = {
    {"FUGG", kBig, kSwap},
    {"ggml", kOld, kConvert},
    {"lmgg", kOld, kConvert},
    {"ggmf", kOld, kConvert},
    {"fmgg", kOld, kConvert},
    {"ggjt", kOld, kConvert},
    {"tjgg", kOld, kConvert},
    {"ggla", kOld, kConvert},
    {"algg", kOld, kConvert},
    {"PK", "a ZIP archive (PyTorch?), not a GGUF file", kConvert},
    {"version https://git-lfs", "a git-lfs pointer, not the model itself", "fetch it: git lfs pull"},
    {"{", "JSON, not a GGUF file", "name the .gguf file"},
    {"<", "a web page, not a GGUF file", "download the model itself"},
};

std::string_view head_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 64)};
}

// u64 length of a JSON header, then the header.
bool looks_like_safetensors(std::string_view head) {
  return head.size() > 9 && head[8] == '{' && head[6] == 0 && head[7] == 0;
}

tl::unexpected<Error> refuse(const std::string& name, std::string_view what, std::string_view hint) {
  return fail(ErrorKind::bad_file, name, std::string(what), std::string(hint));
}

}  // namespace

Status check_magic(std::span<const uint8_t> bytes, const std::string& name) {
  const std::string_view head = head_of(bytes);
  if (head.empty()) return refuse(name, "the file is empty", "download it again");
  if (head.starts_with("GGUF")) return {};
  for (const Stranger& row : kStrangers)
    if (head.starts_with(row.begins)) return refuse(name, row.what, row.hint);
  if (looks_like_safetensors(head)) return refuse(name, "a safetensors file, not a GGUF file", kConvert);
  return refuse(name, "not a GGUF file", "it does not begin with the letters GGUF");
}

Status check_version(uint32_t version, const std::string& name) {
  if (version == 2 || version == 3) return {};
  if (version == 0) return refuse(name, "bad version 0", "convert it again");
  if (version == 1) return refuse(name, "GGUF version 1 is too old", "convert it again");
  if ((version & 0xffff) == 0) return refuse(name, kBig, kSwap);
  return fail(ErrorKind::unsupported, name,
              "version " + std::to_string(version) + " is newer than this program (3)",
              "update straddle");
}

}  // namespace straddle::gguf
