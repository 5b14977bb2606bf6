#include "cli/environment.h"

#include "base/environment.h"

namespace straddle::cli {
namespace {

std::string folder(const std::string& xdg, const char* below_home) {
  const std::string base = environment(xdg);
  if (!base.empty()) return base + "/straddle/";
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + below_home + "/straddle/";
}

}  // namespace

bool is_on(const std::string& value) {
  return !value.empty() && value != "0" && value != "f" && value != "F" && value != "false" &&
         value != "FALSE" && value != "False";
}

std::string data_folder() { return folder("XDG_DATA_HOME", "/.local/share"); }
std::string state_folder() { return folder("XDG_STATE_HOME", "/.local/state"); }

}  // namespace straddle::cli
