// One table: every option of generation and loading. Flags (--set), environment names, help and docs are
// made from it. Names and defaults are Ollama's.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace straddle::options {

struct Options {
  // loading
  int64_t num_ctx = 0;  // 0: the model's context, at most 4096
  int64_t num_batch = 256;
  int64_t num_thread = 0;  // 0: the cores given to this process
  std::string kv_type;     // empty: the command decides (run: f16, logits and perplexity: f32)
  // generation
  int64_t num_predict = -1;  // -1: until the text or the context ends
  double temperature = 0.8;
  int64_t top_k = 40;
  double top_p = 0.9;
  double min_p = 0;
  double repeat_penalty = 1.0;
  int64_t repeat_last_n = 64;  // -1: the whole context
  int64_t seed = -1;           // -1: another one each time
  std::vector<std::string> stop;
};

using Member = std::variant<int64_t Options::*, double Options::*, std::string Options::*,
                            std::vector<std::string> Options::*>;

struct Row {
  std::string_view name;
  Member member;
  double min, max;               // of numbers
  std::string_view choices;      // of words: "f16 f32"
  std::string_view environment;  // OLLAMA_ name that sets it too, or empty; STRADDLE_ + the rest wins
  std::string_view help;
};

std::span<const Row> table();

// "temperature" = "0.2". Integers may be written with a fraction that is cut; lists collect. usage: an
// unknown name (with the nearest known one as hint) or a value that does not fit.
Status set(Options& options, std::string_view name, std::string_view value);
Status set(Options& options, std::string_view assignment);  // "NAME=VALUE"

// Reads the environment names of the table; an unusable value is a warning, not an error.
void set_from_environment(Options& options, std::vector<std::string>& warnings);

std::string value_text(const Options& options, const Row& row);

}  // namespace straddle::options
