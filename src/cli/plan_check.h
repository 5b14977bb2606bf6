// Holds the plan of a model against what `bench` measured of it, and keeps what it shows.
#pragma once
#include "cli/bench_report.h"
#include "cli/load.h"

namespace straddle::cli {

// By device, what it took for a token: the medians of the turns in which memory was read as fast as the
// profile says, to a tenth. Empty where those have fewer than 64 tokens.
std::vector<double> busy_ns(const BenchCase& one, const plan::MachineProfile& machine);

// Where this machine was measured and a device takes a tenth longer or shorter than planned: a line that
// says so, and later plans of the model go by it (corrections.h). Of the first case that decodes one
// row.
Status check_plan(const gguf::File& file, const Request& request, const options::Options& options,
                  const EngineNeeds& needs, const Placed& placed, const BenchReport& report);

}  // namespace straddle::cli
