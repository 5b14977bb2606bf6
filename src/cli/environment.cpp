#include "cli/environment.h"

#include <cstdlib>

namespace straddle::cli {
namespace {

std::string folder(const char* xdg, const char* below_home) {
  const std::string base = environment(xdg);
  if (!base.empty()) return base + "/straddle/";
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + below_home + "/straddle/";
}

}  // namespace

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string setting(const std::string& name) {
  std::string value = environment(("STRADDLE_" + name).c_str());
  if (value.empty()) value = environment(("OLLAMA_" + name).c_str());
  constexpr const char* kAround = " \t\"'";
  const size_t begin = value.find_first_not_of(kAround), end = value.find_last_not_of(kAround);
  return begin == value.npos ? std::string() : value.substr(begin, end - begin + 1);
}

bool is_on(const std::string& value) {
  return !value.empty() && value != "0" && value != "f" && value != "F" && value != "false" &&
         value != "FALSE" && value != "False";
}

std::string data_folder() { return folder("XDG_DATA_HOME", "/.local/share"); }
std::string state_folder() { return folder("XDG_STATE_HOME", "/.local/state"); }

}  // namespace straddle::cli
