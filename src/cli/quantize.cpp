// `straddle quantize IN OUT TYPE`.
#include <cstdio>

#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

void print_report(const store::QuantizeReport& report) {
  const store::TensorReport* worst = nullptr;
  for (const auto& t : report.tensors) {
    if (!worst || t.error > worst->error) worst = &t;
  }
  char line[256];
  std::snprintf(line, sizeof line, "%zu tensors, %s -> %s", report.tensors.size(),
                short_bytes(report.bytes_before).c_str(), short_bytes(report.bytes_after).c_str());
  std::string out = line;
  if (worst && worst->error > 0) {
    std::snprintf(line, sizeof line, ", largest error %.4f (%s, %s)", worst->error,
                  printable(worst->name, 60).c_str(),
                  std::string(quant::traits(worst->to).name).c_str());
    out += line;
  }
  say(out + "\n");
}

}  // namespace

Status quantize(const Request& request) {
  auto file = store::open_file(request.words[0]);
  if (!file) return fail(file);
  auto recipe = store::recipe_by_name(request.words[2]);
  if (!recipe) return fail(recipe);
  Meter meter("quantizing");
  store::QuantizeOptions options;
  options.progress = [&](const store::Progress& p) {
    meter.show(p.done, p.total);
    return !interrupted();
  };
  auto report = store::quantize(*file, *recipe, request.words[1], options);
  meter.clear();
  if (!report) return fail(report);
  print_report(*report);
  return {};
}

}  // namespace straddle::cli
