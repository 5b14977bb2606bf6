// Names of models: what is taken stays below a folder, and reads the same again.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target names_fuzzer
//   build/fuzz/fuzz/names_fuzzer -max_len=600 -max_total_time=600 /tmp/corpus fuzz/corpus/names
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "store/store.h"

namespace {

using namespace straddle;

void require(bool holds) {
  if (!holds) std::abort();
}

// Four parts, none of which leads elsewhere.
void check_path(const std::string& path) {
  const std::filesystem::path at(path);
  require(at.is_relative() && at.lexically_normal() == at && path.find('\0') == path.npos);
  require(std::distance(at.begin(), at.end()) == 4);
  for (const auto& part : at) require(!part.empty() && part.string()[0] != '.');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view typed(reinterpret_cast<const char*>(data), size);
  const auto name = store::parse_model_name(typed);
  if (!name) {
    require(name.error().kind == ErrorKind::usage && one_line(name.error()).size() < 600);
    return 0;
  }
  check_path(name->path());
  const auto again = store::parse_model_name(name->shown());
  require(again && again->path() == name->path());
  require(store::same_model(*name, *again));
  return 0;
}
