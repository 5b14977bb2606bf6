// `straddle list`, `straddle show` and `straddle version`: what is here.
#include <sys/stat.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "cli/show.h"
#include "store/store.h"

namespace straddle::cli {

Status list(const Request& request) {
  const auto models = store::list_models();
  if (request.json) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const auto& m : models) out.push_back({{"name", m.name}, {"path", m.path}, {"bytes", m.bytes}});
    say(out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    return {};
  }
  size_t width = 4;
  for (const auto& m : models) width = std::max(width, characters(m.name));
  const auto row = [&](std::string name, std::string size, const std::string& path) {
    name.append(width + 4 - characters(name), ' ');
    size.resize(std::max<size_t>(size.size(), 10), ' ');
    say(name + size + path + "\n");
  };
  row("NAME", "SIZE", "PATH");
  for (const auto& m : models) row(printable(m.name), short_bytes(m.bytes), printable(m.path));
  return {};
}

Status show_model(const Request& request) {
  auto file = store::open_file(request.words[0], true);
  if (!file) return fail(file);
  show(*file, {.tensors = request.tensors, .metadata = request.verbose, .json = request.json}, say);
  return {};
}

Status version(const Request&) {
  say("straddle version is " STRADDLE_VERSION "\n");
  return {};
}

}  // namespace straddle::cli
