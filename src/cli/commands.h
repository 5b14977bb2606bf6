// The commands, one file each.
#pragma once
#include "cli/request.h"

namespace straddle::cli {

Status run(const Request& request);
Status show_model(const Request& request);
Status list(const Request& request);
Status create_model(const Request& request);
Status pull_model(const Request& request);
Status push_model(const Request& request);
Status copy_model(const Request& request);
Status remove_models(const Request& request);
Status plan_model(const Request& request);
Status why(const Request& request);
Status tokenize(const Request& request);
Status detokenize(const Request& request);
Status show_template(const Request& request);
Status logits(const Request& request);
Status perplexity(const Request& request);
Status quantize(const Request& request);
Status synth(const Request& request);
Status devices(const Request& request);
Status bench(const Request& request);
Status manual(const Request& request);
Status version(const Request& request);

}  // namespace straddle::cli
