// Manifests and the layers that are JSON: what is read is written again as the same, and names no file
// that is no blob. The first byte chooses what the rest is.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target manifest_fuzzer
//   build/fuzz/fuzz/manifest_fuzzer -dict=fuzz/manifest.dict -max_len=4000 -max_total_time=600
//   /tmp/corpus fuzz/corpus/manifest
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/store.h"

namespace {

using namespace straddle;
using namespace straddle::store;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Error& error) {
  require(error.where.rfind("fuzz", 0) == 0 && !error.what.empty());
  require(one_line(error).find('\n') == std::string::npos);
}

void check_manifest(std::string_view text) {
  const auto manifest = parse_manifest(text, "fuzz");
  if (!manifest) return check(manifest.error());
  for (const Blob& layer : manifest->layers) {
    require(layer.digest.file_name().size() == 71 &&
            layer.digest.file_name().find('/') == std::string::npos);
    require(layer.size <= manifest->bytes());
  }
  if (manifest->config.digest.hex().empty()) return;
  const std::string written = manifest_text(*manifest);
  const auto again = parse_manifest(written, "fuzz");
  require(again && manifest_text(*again) == written && again->bytes() == manifest->bytes());
}

template <class T>
void check_layer(const Result<T>& read) {
  if (!read) check(read.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0:
      check_manifest(text);
      break;
    case 1:
      check_layer(parse_params(text, "fuzz"));
      break;
    case 2:
      check_layer(parse_messages(text, "fuzz"));
      break;
    default:
      check_layer(parse_config(text, "fuzz"));
  }
  return 0;
}
