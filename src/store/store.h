// Models as files: finding them by name, and making new ones by quantising.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"
#include "quant/quant.h"

namespace straddle::store {

// ---- names

// The user's models: $STRADDLE_MODELS, else $XDG_DATA_HOME/straddle/models, else
// ~/.local/share/straddle/models. Need not exist.
std::string models_folder();

// What comes with the program (share/): $STRADDLE_SHARE, else EXE/../share/straddle, else the source
// that it was built from. Empty where there is none.
std::string share_folder();

// The file that a name stands for: a path of a file that exists, or "NAME" = NAME.gguf (or the first
// part of the split set NAME-00001-of-0000N.gguf) in the user's folder or in share/models.
Result<std::string> find_model(std::string_view name);

struct LocalModel {
  std::string name, path;
  uint64_t bytes = 0;  // of the first part
};

// Every name that find_model knows by itself, in order; the user's own hides one that is shared.
std::vector<LocalModel> list_models();

// name: as find_model takes it. Any GGUF file will do.
Result<gguf::File> open_file(const std::string& name, bool header_only = false);
// The same of a language model; what else a file is, the error says.
Result<gguf::File> open_model(const std::string& name);       // with weights
Result<gguf::File> open_vocabulary(const std::string& name);  // its header

// ---- which format for which tensor

// A type for all matrices ("Q8_0", "BF16"), or a mix as users of GGUF files know them ("Q4_K_M").
// Q2_K and Q6_K name mixes.
struct MixRule;
struct Recipe {
  std::string_view name;
  uint32_t file_type;    // general.file_type
  quant::Format format;  // of every tensor that no rule names
  std::span<const MixRule> rules;
  bool is_mix;
};

// Any case. Unknown, or a type that cannot be made: unsupported, with the list of those that can.
Result<Recipe> recipe_by_name(std::string_view name);
std::vector<std::string_view> recipe_names();

// What the rules of a mix ask of a model.
struct ModelFacts {
  std::string architecture;
  uint64_t layers = 0, experts = 0;
  uint64_t query_groups = 1;  // heads per key and value head
};
ModelFacts facts_of(const gguf::File& file);

// One format per tensor. Vectors, norms, routers, positions and what else is small or delicate keep
// theirs, and so do MXFP4 weights in a block format; a row that is no multiple of a format's block
// falls back to a wider one. Looks at names, shapes and formats only.
std::vector<quant::Format> choose_formats(const Recipe& recipe, const ModelFacts& facts,
                                          std::span<const gguf::Tensor> tensors);

// ---- quantising a file

struct Progress {
  std::string_view tensor;
  uint64_t done, total;  // values of all tensors
};

struct QuantizeOptions {
  uint32_t threads = 0;                           // 0: as many as the machine runs at once
  std::function<bool(const Progress&)> progress;  // after each tensor; false ends with interrupted
};

struct TensorReport {
  std::string name;
  quant::Format from, to;
  uint64_t values, bytes;  // bytes as written
  double error;            // sqrt(sum((new - old)^2) / sum(old^2)); 0 for a tensor of zeros
};

struct QuantizeReport {
  std::vector<TensorReport> tensors;
  uint64_t bytes_before = 0, bytes_after = 0;  // of all tensors
};

// Writes `in` in another type or mix; keys are kept but for general.file_type and
// general.quantization_version. The same bytes with any number of threads. A value that its new
// format cannot hold (not a number, too large) is bad_file and names the tensor; the file at `out`
// is whole or untouched.
Result<QuantizeReport> quantize(const gguf::File& in, const Recipe& recipe, const std::string& out,
                                const QuantizeOptions& options = {});

}  // namespace straddle::store
