#include "cli/device_list.h"

#include <algorithm>

#include "cli/choices.h"
#include "cli/printable.h"
#include "plan/plan.h"

namespace straddle::cli {
namespace {

constexpr const char* kHere = "cpu and reference are here, and lists of them: cpu,cpu";

tl::unexpected<Error> not_here(const std::string& name) {
  const bool card = name.find(':') != name.npos;
  return fail(ErrorKind::usage, "--device",
              card ? printable(name) + " is not there yet: nothing runs on a card"
                   : "there is no device '" + printable(name) + "'",
              kHere);
}

}  // namespace

Result<std::vector<std::string>> device_names(const std::string& typed) {
  std::vector<std::string> out;
  const auto names = split(typed, ',');
  TRY(plan::check_device_count(names.size()));
  for (const std::string_view each : names) {
    if (each.empty())
      return fail(ErrorKind::usage, "--device", "a name in the list is empty", "cpu,vulkan:0");
    std::string name(each);
    if (each.find(':') != each.npos && std::ranges::find(out, name) != out.end())
      return fail(ErrorKind::usage, "--device", name + " is in the list twice");
    for (int number = 1; std::ranges::find(out, name) != out.end(); ++number)
      name = std::string(each) + std::to_string(number);
    out.push_back(std::move(name));
  }
  return out;
}

Result<DeviceList> devices_here(const std::string& typed) {
  const std::string list = typed.empty() || typed == "auto" ? "cpu" : typed;
  DeviceList out{{}, TRY(device_names(list))};
  for (const std::string_view kind : split(list, ',')) {
    out.kinds.emplace_back(kind);
    if (kind != "cpu" && kind != "reference") return not_here(out.kinds.back());
  }
  return out;
}

}  // namespace straddle::cli
