// From a file to a model that is ready to talk: tokenizer, chat template, engine.
#include "conversation/conversation.h"

namespace straddle::conversation {
namespace {

// A raw prompt goes through no template, whatever the file's is like.
Result<chat::Template> template_for(const gguf::File& file, const text::Tokenizer& tokenizer,
                                    const ModelOptions& with) {
  if (with.raw) return chat::fallback_template("plain");
  auto chosen = choose_template(file, tokenizer, false, with.go_template);
  if (!chosen) {
    chosen.error().hint = "--raw needs no template";
    return fail(chosen);
  }
  if (!chosen->why.empty()) with.warn(chosen->why);
  return std::move(chosen->chat_template);
}

}  // namespace

Result<text::Tokenizer> load_tokenizer(const gguf::File& file, const Warn& warn) {
  std::vector<std::string> warnings;
  auto tokenizer = text::Tokenizer::from(file, &warnings);
  for (const std::string& line : warnings) warn(line);
  return tokenizer;
}

Result<chat::ChosenTemplate> choose_template(const gguf::File& file, const text::Tokenizer& tokenizer,
                                             bool for_tools, const std::string& go_template) {
  const std::string key = "tokenizer.chat_template";
  std::string own = for_tools ? file.text(key + ".tool_use") : "";
  if (own.empty()) own = file.text(key);
  return chat::choose_template(
      {std::move(own), file.text("general.architecture"), file.text("general.name"), go_template},
      tokenizer);
}

engine::LoadOptions load_options(const options::Options& options) {
  engine::LoadOptions out;
  out.threads = uint32_t(options.num_thread);
  out.context = uint32_t(options.num_ctx);
  out.max_rows = uint32_t(options.num_batch);
  out.kv = options.kv_type == "f32" ? ops::KvType::f32 : ops::KvType::f16;
  return out;
}

bool same_loading(const options::Options& a, const options::Options& b) {
  return a.num_ctx == b.num_ctx && a.num_batch == b.num_batch && a.num_thread == b.num_thread &&
         a.num_gpu == b.num_gpu && a.kv_type == b.kv_type;
}

void warn_of_context(uint32_t asked, uint32_t context, uint32_t own, const Warn& warn) {
  if (context > own) {
    warn("the model was made for " + std::to_string(own) + " tokens of context, not " +
         std::to_string(context));
  }
  if (context < asked) {
    warn("the model has positions for " + std::to_string(context) +
         " tokens: that is the context, not " + std::to_string(asked));
  }
}

Result<engine::Engine> load_engine(const gguf::File& file, const engine::LoadOptions& options,
                                   const engine::LoadProgress& progress, const Warn& warn) {
  auto engine = engine::Engine::load(file, options, progress);
  if (engine) warn_of_context(options.context, engine->context(), engine->blueprint().context, warn);
  return engine;
}

Result<std::unique_ptr<LoadedModel>> LoadedModel::load(gguf::File file, const ModelOptions& with) {
  const auto start = std::chrono::steady_clock::now();
  auto tokenizer = TRY(load_tokenizer(file, with.warn));
  auto chat_template = TRY(template_for(file, tokenizer, with));
  auto engine = TRY(load_engine(file, with.load, with.progress, with.warn));
  auto model = std::make_unique<LoadedModel>(std::move(file), std::move(tokenizer),
                                             std::move(chat_template), std::move(engine));
  model->load_time = std::chrono::steady_clock::now() - start;
  return model;
}

LoadedModel::LoadedModel(gguf::File f, text::Tokenizer t, chat::Template c, engine::Engine e)
    : file(std::move(f)),
      chat_template(std::move(c)),
      engine(std::move(e)),
      conversation(engine, std::move(t), chat_template),
      load_time(0) {}

}  // namespace straddle::conversation
