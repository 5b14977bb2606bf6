// `straddle synth SHAPE OUT`.
#include "base/size_text.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/meter.h"
#include "cli/number_text.h"
#include "cli/output.h"
#include "store/store.h"

namespace straddle::cli {

Status synth(const Request& request) {
  auto recipe = TRY(store::recipe_by_name(request.type));
  Meter meter("making");
  store::SynthOptions options;
  options.layers = request.layers;
  options.header_only = request.header_only;
  options.seed = uint64_t(request.seed);
  options.progress = [&](const store::Progress& p) {
    meter.show(p.done, p.total);
    return !interrupted();
  };
  auto report = store::synth(request.words[0], recipe, request.words[1], options);
  meter.clear();
  if (!report) return fail(report);
  say(std::to_string(report->tensors) + " tensors, " + short_count(report->values) + " parameters, " +
      short_bytes(report->bytes) + (request.header_only ? ", of which the header is written\n" : "\n"));
  return {};
}

}  // namespace straddle::cli
