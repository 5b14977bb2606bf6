#include "cli/load.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/limits.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "store/store.h"

namespace straddle::cli {

void warn(const std::string& line) {
  std::fprintf(stderr, "straddle: %s\n", one_line({ErrorKind::io, "", line, ""}).c_str());
}

bool warn_if_clamped(const engine::Engine& engine, const std::string& cure) {
  const uint64_t count = engine.counters().clamped;
  if (count == 0) return false;
  warn(std::to_string(count) + " keys and values were beyond float16 and became 65504 or -65504 (" +
       cure + " keeps them as they are)");
  return true;
}

Result<gguf::File> open_file(const std::string& name, bool header_only) {
  auto path = store::find_model(name);
  if (!path) return fail(path);
  return gguf::File::open(*path, header_only);
}

Result<gguf::File> open_model(const std::string& name) {
  auto file = open_file(name);
  if (!file) return file;
  auto ok = file->is_language_model();
  if (ok) ok = file->has_weights();
  if (!ok) return fail(ok);
  return file;
}

Result<gguf::File> open_vocabulary(const std::string& name) {
  auto file = open_file(name, true);
  if (!file) return file;
  if (auto ok = file->is_language_model(); !ok) return fail(ok);
  return file;
}

Result<text::Tokenizer> load_tokenizer(const gguf::File& file) {
  std::vector<std::string> warnings;
  auto tokenizer = text::Tokenizer::from(file, &warnings);
  for (const auto& line : warnings) warn(line);
  return tokenizer;
}

std::string text_of(const gguf::File& file, std::string_view key) {
  const auto found = file.string(key, "");
  return found ? std::string(*found) : std::string();
}

Result<chat::Choice> load_template(const gguf::File& file, const text::Tokenizer& tokenizer,
                                   bool for_tools) {
  const std::string key = "tokenizer.chat_template";
  std::string own = for_tools ? text_of(file, key + ".tool_use") : "";
  if (own.empty()) own = text_of(file, key);
  return chat::choose_template(
      {std::move(own), text_of(file, "general.architecture"), text_of(file, "general.name")}, tokenizer);
}

bool same_loading(const options::Options& a, const options::Options& b) {
  return a.num_ctx == b.num_ctx && a.num_batch == b.num_batch && a.num_thread == b.num_thread &&
         a.kv_type == b.kv_type;
}

options::Options default_options() {
  options::Options out;
  std::vector<std::string> warnings;
  options::set_from_environment(out, warnings);
  for (const auto& line : warnings) warn(line);
  return out;
}

Result<options::Options> read_options(const Request& request) {
  options::Options out = default_options();
  for (const auto& assignment : request.settings) {
    if (auto ok = options::set(out, assignment); !ok) return fail(ok);
  }
  if (request.context > 0) out.num_ctx = request.context;
  if (request.threads > 0) out.num_thread = request.threads;
  if (!request.kv.empty()) {
    if (auto ok = options::set(out, "kv_type", request.kv); !ok) return fail(ok);
  }
  return out;
}

namespace {

std::string chosen_isa(const Request& request) {
  if (!request.isa.empty()) return request.isa;
  const char* forced = std::getenv("STRADDLE_ISA");
  return forced ? forced : "";
}

}  // namespace

Result<engine::Engine> load_engine(const gguf::File& file, const Request& request,
                                   const options::Options& options, const EngineNeeds& needs) {
  Meter meter("loading");
  engine::LoadOptions load;
  load.device = needs.check ? "reference" : request.device;
  load.check = needs.check;
  load.isa = chosen_isa(request);
  load.threads = uint32_t(options.num_thread);
  load.context = uint32_t(options.num_ctx);
  load.max_rows = needs.max_rows > 0 ? needs.max_rows : uint32_t(options.num_batch);
  load.max_wanted = needs.max_wanted;
  const std::string_view kv = options.kv_type.empty() ? needs.kv : std::string_view(options.kv_type);
  load.kv = kv == "f32" ? ops::KvType::f32 : ops::KvType::f16;
  load.free_bytes = read_limits().free_memory;
  auto engine = engine::Engine::load(file, load, [&](uint64_t done, uint64_t total) {
    meter.show(done, total);
    return !interrupted();
  });
  if (engine && engine->context() > engine->blueprint().context) {
    warn("the model was made for " + std::to_string(engine->blueprint().context) +
         " tokens of context, not " + std::to_string(engine->context()));
  }
  return engine;
}

}  // namespace straddle::cli
