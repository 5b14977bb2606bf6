#include "cli/transfer.h"

#include <charconv>

#include "cli/environment.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

// Seconds that a silent server is waited for.
std::chrono::milliseconds patience() {
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

// "pulling 0123456789ab:", as the blobs of a model are told from each other.
std::string label_of(const std::string& verb, const store::Blob& blob) {
  constexpr size_t kShown = 12;
  return verb + " " + blob.digest.hex().substr(0, kShown) + ":";
}

}  // namespace

store::TransferOptions transfer_options(TransferProgress& progress, const std::string& verb,
                                        bool insecure) {
  store::TransferOptions out;
  out.insecure = insecure;
  out.patience = patience();
  out.agent = "straddle/" STRADDLE_VERSION;
  out.status = [&](const std::string& line) { progress.status(line); };
  out.progress = [&progress, verb](const store::Blob& blob, uint64_t done) {
    progress.blob(label_of(verb, blob), done, blob.size);
  };
  out.goes_on = [] { return !interrupted(); };
  return out;
}

}  // namespace straddle::cli
