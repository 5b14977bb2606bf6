// `straddle run`: a prompt in, text out.
#include <cstdio>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/output.h"
#include "conversation/conversation.h"

namespace straddle::cli {
namespace {

using Clock = std::chrono::steady_clock;
using conversation::Duration;
using conversation::Ending;
using conversation::Figures;

// Standard input stands before the words, one space between them.
Result<std::string> read_prompt(const Request& request) {
  auto prompt = read_input();
  if (!prompt) return fail(prompt);
  for (size_t i = 1; i < request.words.size(); ++i) {
    if (!prompt->empty()) *prompt += ' ';
    *prompt += request.words[i];
  }
  if (prompt->empty() && !request.raw) {
    return fail(ErrorKind::usage, "prompt", "there is none", "straddle run MODEL \"your words\"");
  }
  return prompt;
}

void print_line(const char* label, const std::string& value) {
  std::fprintf(stderr, "%-21s %s\n", label, value.c_str());
}

std::string rate_text(size_t tokens, Duration time) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2f tokens/s",
                double(tokens) / std::chrono::duration<double>(time).count());
  return text;
}

// A line is left out when its value is 0.
void print_stage(const char* what, size_t tokens, Duration time) {
  if (tokens == 0) return;
  const std::string name(what);
  print_line((name + " count:").c_str(), std::to_string(tokens) + " token(s)");
  print_line((name + " duration:").c_str(), duration_text(time));
  print_line((name + " rate:").c_str(), rate_text(tokens, time));
}

void print_statistics(const Figures& f, Duration total, Duration load, const engine::Engine& engine) {
  print_line("total duration:", duration_text(total));
  print_line("load duration:", duration_text(load));
  print_stage("prompt eval", f.prompt_tokens, f.prompt_time);
  print_stage("eval", f.generated_tokens, f.generation_time);
  const auto& plan = engine.plan();
  std::fprintf(stderr, "%s: weights %.1f MB, KV %.1f MB, scratch %.1f MB\n", engine.device(),
               double(plan.weight_bytes) / 1e6, double(plan.kv_bytes + plan.state_bytes) / 1e6,
               double(plan.scratch_bytes) / 1e6);
}

struct Outcome {
  Figures figures;
  bool reader_gone = false;
};

Result<Outcome> answer(engine::Engine& engine, const text::Tokenizer& tokenizer,
                       const options::Options& options, const std::vector<text::TokenId>& prompt) {
  Outcome out;
  Meter meter("reading the prompt");
  const conversation::Sink sink{.text =
                                    [&](std::string_view text) {
                                      out.reader_gone = !say(text);
                                      return !out.reader_gone && !interrupted();
                                    },
                                .prompt =
                                    [&](size_t done, size_t total) {
                                      if (done < total) meter.show(done, total);
                                      return !interrupted();
                                    }};
  auto figures = conversation::generate(engine, tokenizer, options, prompt, sink);
  if (!figures) return fail(figures);
  out.figures = *figures;
  return out;
}

}  // namespace

Status run(const Request& request) {
  const auto start = Clock::now();
  auto options = read_options(request);
  if (!options) return fail(options);
  auto file = open_model(request);
  if (!file) return fail(file);
  auto text = read_prompt(request);
  if (!text) return fail(text);
  auto tokenizer = load_tokenizer(*file);
  if (!tokenizer) return fail(tokenizer);
  const auto prompt = tokenizer->encode(*text, {.add_special = true, .parse_special = request.raw});
  auto engine = load_engine(*file, request, *options, {});
  if (!engine) return fail(engine);
  const auto loaded = Clock::now();
  if (!request.raw)
    warn("no chat templates yet: the prompt goes in as it is (--raw says so without this line)");

  const auto outcome = answer(*engine, *tokenizer, *options, prompt);
  if (!outcome) return tl::unexpected(outcome.error());
  if (outcome->reader_gone) return {};
  say("\n");
  const Figures& figures = outcome->figures;
  if (figures.ending == Ending::context) {
    warn("the context of " + std::to_string(engine->context()) +
         " tokens is full (a larger one: --set num_ctx=N)");
  }
  if (request.verbose) print_statistics(figures, Clock::now() - start, loaded - start, *engine);
  if (figures.ending == Ending::interrupted) return fail(ErrorKind::interrupted, "", "");
  return {};
}

}  // namespace straddle::cli
