// What pull and push ask of the store for a person who waits.
#pragma once
#include <string>

#include "cli/transfer_progress.h"
#include "store/store.h"

namespace straddle::cli {

// verb: "pulling", in front of the digest. Ctrl-C ends it. The progress must outlast the options.
store::TransferOptions transfer_options(TransferProgress& progress, const std::string& verb,
                                        bool insecure);

}  // namespace straddle::cli
