// From the words of a request to a model that is ready: file, tokenizer, engine.
#pragma once
#include "chat/chat.h"
#include "cli/request.h"
#include "engine/engine.h"
#include "gguf/gguf.h"
#include "options/options.h"
#include "text/text.h"

namespace straddle::cli {

// name: a path, or the name of a local model. Any GGUF file will do.
Result<gguf::File> open_file(const std::string& name, bool header_only = false);
// The same of a language model; what else a file is, the error says.
Result<gguf::File> open_model(const std::string& name);          // with weights
Result<gguf::File> open_vocabulary(const std::string& name);     // its header
Result<text::Tokenizer> load_tokenizer(const gguf::File& file);  // its warnings go to standard error
// for_tools: the file's template for tools, where it has one.
Result<chat::Choice> load_template(const gguf::File& file, const text::Tokenizer& tokenizer,
                                   bool for_tools = false);
// A key's text; empty where it is absent or no text.
std::string text_of(const gguf::File& file, std::string_view key);

// As the environment has them; what it has wrong is said.
options::Options default_options();
// Environment, then --set, then flags. A file's own suggestions are not taken.
Result<options::Options> read_options(const Request& request);

// Whether a model that was loaded with the one is as it should be for the other.
bool same_loading(const options::Options& a, const options::Options& b);

struct EngineNeeds {
  uint32_t max_wanted = 1;
  uint32_t max_rows = 0;        // 0: num_batch
  std::string_view kv = "f16";  // where neither --kv nor kv_type says otherwise
  bool check = false;           // engine::LoadOptions::check, on the reference device
};
Result<engine::Engine> load_engine(const gguf::File& file, const Request& request,
                                   const options::Options& options, const EngineNeeds& needs);

void warn(const std::string& line);
// True where keys or values were beyond float16, which is said. cure: what to type.
bool warn_if_clamped(const engine::Engine& engine, const std::string& cure);

}  // namespace straddle::cli
