// `straddle cp`, `straddle rm` and `straddle push`: names of models in a store.
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "cli/transfer.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

// A file of the folder has no manifest: the error names the file.
Result<std::pair<store::ModelStore, store::StoreEntry>> entry_named(const std::string& name,
                                                                    const char* instead) {
  auto entry = store::find_entry(name);
  if (entry) return entry;
  const auto file = store::find_model(name);
  if (!file || file->stored) return fail(entry);
  return fail(ErrorKind::usage, name, "is a file that lies in no store", instead + (" " + file->path));
}

Status remove_one(const std::string& name) {
  auto [store, entry] = TRY(entry_named(name, "rm"));
  const auto warning = TRY(store.remove(entry));
  say("deleted '" + printable(name) + "'\n");
  if (!warning.empty()) warn(warning);
  return {};
}

}  // namespace

Status copy_model(const Request& request) {
  const std::string &from = request.words[0], &to = request.words[1];
  const auto name = TRY(store::parse_model_name(to));
  auto [store, entry] = TRY(entry_named(from, "cp"));
  TRY(store.copy(entry, name));
  say("copied '" + printable(from) + "' to '" + printable(to) + "'\n");
  return {};
}

Status remove_models(const Request& request) {
  for (const std::string& name : request.words) {
    TRY(remove_one(name));
  }
  return {};
}

Status push_model(const Request& request) {
  const auto [store, entry] = TRY(entry_named(request.words[0], "push"));
  {
    const CleanEnd clean_end;
    TransferProgress progress;
    TRY(store::push(store, entry, transfer_options(progress, "pushing", request.insecure)));
  }
  say("\nYou can find your model at:\n\n\t" + printable(entry.name.shown()) + "\n");
  return {};
}

}  // namespace straddle::cli
