// `straddle pull MODEL`.
#include "cli/pull.h"

#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/interrupt.h"
#include "cli/transfer.h"

namespace straddle::cli {
namespace {

bool is_offline() { return is_on(environment("STRADDLE_OFFLINE")); }

}  // namespace

Status pull_with_progress(const std::string& name, bool insecure) {
  const auto parsed = TRY(store::parse_model_name(name));
  const CleanEnd clean_end;
  TransferProgress progress;
  return store::pull(store::store_to_write(), parsed, transfer_options(progress, "pulling", insecure));
}

Status pull_absent(const std::string& name, bool insecure, const Error& why) {
  const bool pulls = why.kind == ErrorKind::not_found && store::may_be_pulled(name) && !is_offline();
  if (!pulls) return tl::unexpected<Error>(why);
  auto pulled = pull_with_progress(name, insecure);
  if (pulled || pulled.error().kind == ErrorKind::interrupted) return pulled;
  Error& error = pulled.error();
  if (why.hint.starts_with("did you mean")) error.hint = why.hint;
  return pulled;
}

Status pull_model(const Request& request) {
  return pull_with_progress(request.words[0], request.insecure);
}

}  // namespace straddle::cli
