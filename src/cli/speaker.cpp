#include "cli/speaker.h"

#include "cli/load.h"

namespace straddle::cli {
namespace {

// A raw prompt goes through no template, whatever the file's is like.
Result<chat::Template> template_for(const gguf::File& file, const text::Tokenizer& tokenizer, bool raw) {
  if (raw) return chat::fallback_template("plain");
  auto chosen = load_template(file, tokenizer);
  if (!chosen) {
    chosen.error().hint = "--raw needs no template";
    return fail(chosen);
  }
  if (!chosen->why.empty()) warn(chosen->why);
  return std::move(chosen->chat_template);
}

}  // namespace

Result<std::unique_ptr<Speaker>> load_speaker(gguf::File file, const Request& request,
                                              const options::Options& options) {
  const auto start = std::chrono::steady_clock::now();
  auto tokenizer = load_tokenizer(file);
  if (!tokenizer) return fail(tokenizer);
  auto chat_template = template_for(file, *tokenizer, request.raw);
  if (!chat_template) return fail(chat_template);
  auto engine = load_engine(file, request, options, {});
  if (!engine) return fail(engine);
  auto speaker = std::make_unique<Speaker>(std::move(file), std::move(*tokenizer),
                                           std::move(*chat_template), std::move(*engine));
  speaker->load_time = std::chrono::steady_clock::now() - start;
  return speaker;
}

}  // namespace straddle::cli
