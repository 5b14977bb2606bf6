// --device LIST: the devices that compute.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace straddle::cli {

// A device of a list is named by its kind; a second of the same kind has a number behind it: cpu, cpu1.
// A card bears its number already. usage: an empty name, a card twice, too many.
Result<std::vector<std::string>> device_names(const std::string& typed);

struct DeviceList {
  std::vector<std::string> kinds;  // as engine::LoadOptions has them, home first
  std::vector<std::string> names;
};

// Of this machine; nothing, or auto: what is best here. usage: what is not here, with what is.
Result<DeviceList> devices_here(const std::string& typed);

}  // namespace straddle::cli
