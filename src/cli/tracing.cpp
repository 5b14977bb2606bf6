#include "cli/tracing.h"

#include "base/atomic_file.h"
#include "cli/interrupt.h"
#include "cli/trace_json.h"

namespace straddle::cli {
namespace {

Status write(AtomicFile& file, const engine::Trace& trace) {
  TRY(write_trace_json(trace, [&](std::string_view text) {
    return file.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }));
  return file.commit();
}

}  // namespace

Status run_traced(const Command& command, Request request) {
  if (request.trace.empty()) return command.run(request);
  auto file = TRY(AtomicFile::create(request.trace));
  const CleanEnd clean_end;
  engine::Trace trace;
  request.recording = &trace;
  auto done = command.run(request);
  auto written = write(file, trace);
  return done ? written : done;
}

}  // namespace straddle::cli
