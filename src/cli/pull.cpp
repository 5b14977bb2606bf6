// `straddle pull MODEL`.
#include "cli/pull.h"

#include <charconv>

#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/pull_progress.h"

namespace straddle::cli {
namespace {

// Seconds that a silent server is waited for.
Result<std::chrono::milliseconds> patience() {
  constexpr double kUsual = 30, kLeast = 0.1, kMost = 3600;
  const std::string text = environment("STRADDLE_PULL_PATIENCE");
  double seconds = kUsual;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  const bool fits = error == std::errc() && rest == end && seconds >= kLeast && seconds <= kMost;
  if (!text.empty() && !fits) {
    warn("STRADDLE_PULL_PATIENCE: '" + text + "' is no number of seconds from 0.1 to 3600");
    seconds = kUsual;
  }
  return std::chrono::milliseconds(int64_t(seconds * 1000));
}

bool is_offline() { return is_on(environment("STRADDLE_OFFLINE")); }

// "pulling 0123456789ab:", as the blobs of a model are told from each other.
std::string label_of(const store::Blob& blob) {
  constexpr size_t kShown = 12;
  return "pulling " + blob.digest.hex().substr(0, kShown) + ":";
}

}  // namespace

Status pull_with_progress(const std::string& name, bool insecure) {
  const auto parsed = TRY(store::parse_model_name(name));
  const CleanEnd clean_end;
  PullProgress progress;
  store::PullOptions options;
  options.insecure = insecure;
  options.patience = TRY(patience());
  options.agent = "straddle/" STRADDLE_VERSION;
  options.status = [&](const std::string& line) { progress.status(line); };
  options.progress = [&](const store::Blob& blob, uint64_t done) {
    progress.blob(label_of(blob), done, blob.size);
  };
  options.goes_on = [] { return !interrupted(); };
  return store::pull(store::store_to_write(), parsed, options);
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
