#include "cli/speaker.h"

#include "cli/load.h"

namespace straddle::cli {

Result<std::unique_ptr<Speaker>> load_speaker(gguf::File file, const Request& request,
                                              const options::Options& options) {
  const auto start = std::chrono::steady_clock::now();
  auto tokenizer = load_tokenizer(file);
  if (!tokenizer) return fail(tokenizer);
  auto chosen = load_template(file, *tokenizer);
  if (!chosen) return fail(chosen);
  if (!chosen->why.empty() && !request.raw) warn(chosen->why);
  auto engine = load_engine(file, request, options, {});
  if (!engine) return fail(engine);
  auto speaker = std::make_unique<Speaker>(std::move(file), std::move(*tokenizer),
                                           std::move(chosen->chat_template), std::move(*engine));
  speaker->load_time = std::chrono::steady_clock::now() - start;
  return speaker;
}

}  // namespace straddle::cli
