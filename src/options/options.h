// One table: every option of generation and loading. Flags (--set), environment names, help and docs are
// made from it. Names and defaults are Ollama's; where it has none, llama.cpp's.
//
// Options is plain data that owns its texts; the table never changes, its views last for ever. All may
// be called from any thread, but set_from_environment not while another one changes the environment.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace straddle::options {

// Added to the logit of one token: "15043+1.5", "2-inf".
struct TokenBias {
  int32_t token;
  double bias;
};

struct Options {
  // loading
  int64_t num_ctx = 0;  // 0: the model's context, at most 4096
  int64_t num_batch = 256;
  int64_t num_thread = 0;  // 0: the cores given to this process
  int64_t num_gpu = -1;    // layers on the second device; -1: as is planned
  std::string kv_type;     // empty: the command decides (run: f16, logits and perplexity: f32)
  // generation
  int64_t num_predict = -1;  // -1: until the text or the context ends
  double temperature = 0.8;
  double dynatemp_range = 0;
  double dynatemp_exponent = 1;
  int64_t top_k = 40;
  double top_p = 0.9;
  double min_p = 0;
  double typical_p = 1;
  double top_n_sigma = -1;
  double xtc_probability = 0;
  double xtc_threshold = 0.1;
  int64_t mirostat = 0;  // 1, 2: which of the two algorithms
  double mirostat_tau = 5;
  double mirostat_eta = 0.1;
  double repeat_penalty = 1.0;
  double presence_penalty = 0;
  double frequency_penalty = 0;
  int64_t repeat_last_n = 64;  // -1: the whole context
  double dry_multiplier = 0;
  double dry_base = 1.75;
  int64_t dry_allowed_length = 2;
  int64_t dry_penalty_last_n = -1;                // -1: the whole context
  std::vector<std::string> dry_sequence_breaker;  // empty: \n : " *; the word none alone: none
  std::vector<TokenBias> logit_bias;
  int64_t seed = -1;  // -1: another one each time
  std::vector<std::string> stop;
};

using Member = std::variant<int64_t Options::*, double Options::*, std::string Options::*,
                            std::vector<std::string> Options::*, std::vector<TokenBias> Options::*>;

struct Row {
  std::string_view name;
  Member member;
  double min, max;               // of numbers
  std::string_view choices;      // of words: "f16 f32"
  std::string_view environment;  // OLLAMA_ name that sets it too, or empty; STRADDLE_ + the rest wins
  std::string_view help;
};

std::span<const Row> table();
const Row* find(std::string_view name);  // null: there is no such option
bool is_list(const Row& row);            // takes several values, each set by itself

// "temperature" = "0.2". Whole numbers have digits only; lists collect. usage: an unknown name (with the
// nearest known one as hint) or a value that does not fit.
Status set(Options& options, std::string_view name, std::string_view value);
Status set(Options& options, std::string_view assignment);  // "NAME=VALUE"

// Reads the environment names of the table; an unusable value is a warning, not an error.
void set_from_environment(Options& options, std::vector<std::string>& warnings);

std::string value_text(const Options& options, const Row& row);

// What a row takes, for help: "0 to 1", "whole, 0 or more", "f16 or f32"; empty: any text.
std::string accepted_text(const Row& row);

}  // namespace straddle::options
