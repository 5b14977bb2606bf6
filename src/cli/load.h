// From the words of a request to a model that is ready: file, tokenizer, engine.
#pragma once
#include "cli/request.h"
#include "engine/engine.h"
#include "gguf/gguf.h"
#include "options/options.h"
#include "text/text.h"

namespace straddle::cli {

// words[0]: a path, or the name of a local model.
Result<gguf::File> open_model(const Request& request, bool header_only = false);
Result<text::Tokenizer> load_tokenizer(const gguf::File& file);  // its warnings go to standard error

// Environment, then --set, then flags. A file's own suggestions are not taken.
Result<options::Options> read_options(const Request& request);

struct EngineNeeds {
  uint32_t max_wanted = 1;
  uint32_t max_rows = 0;        // 0: num_batch
  std::string_view kv = "f16";  // where neither --kv nor kv_type says otherwise
};
Result<engine::Engine> load_engine(const gguf::File& file, const Request& request,
                                   const options::Options& options, const EngineNeeds& needs);

void warn(const std::string& line);

}  // namespace straddle::cli
