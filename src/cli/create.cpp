// `straddle create NAME`.
#include <filesystem>

#include "cli/commands.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/meter.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

namespace fs = std::filesystem;

// What is made where no file is named and none is there.
constexpr std::string_view kUsualFile = "Modelfile", kWithoutFile = "FROM .";

Result<store::Modelfile> modelfile_for(const std::string& path) {
  std::error_code ignored;
  if (path.empty() && !fs::exists(kUsualFile, ignored))
    return store::parse_modelfile(kWithoutFile, "FROM .");
  const std::string file = path.empty() ? std::string(kUsualFile) : path;
  const auto text = TRY(read_text(file, "the Modelfile"));
  return store::parse_modelfile(text, file);
}

}  // namespace

Status create_model(const Request& request) {
  const auto name = TRY(store::parse_model_name(request.words[0]));
  const auto modelfile = TRY(modelfile_for(request.file));
  Meter meter("reading");
  store::CreateOptions options;
  if (!request.quantize.empty()) options.recipe = TRY(store::recipe_by_name(request.quantize));
  if (const auto folder = fs::path(request.file).parent_path(); !folder.empty())
    options.folder = folder.string();
  options.status = [&](const std::string& line) {
    meter.clear();
    say_status(printable(line));
  };
  const auto show = [&](uint64_t done, uint64_t total) {
    meter.show(done, total);
    return !interrupted();
  };
  options.copying = show;
  options.quantizing = [show](const store::Progress& p) { return show(p.done, p.total); };
  return store::create(store::store_to_write(), name, modelfile, options);
}

}  // namespace straddle::cli
