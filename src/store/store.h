// Models as files, and in stores as Ollama lays them out: finding them by name, and making new ones by
// quantizing, or of random weights.
//
// Threads: every function may be called from any thread, as long as none changes the environment
// meanwhile. Tables of recipes and their texts last as long as the program.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"
#include "quant/quant.h"
#include "store/modelfile.h"
#include "store/stored_model.h"

namespace straddle::store {

// ---- names

// The user's models: $STRADDLE_MODELS, else $XDG_DATA_HOME/straddle/models, else
// ~/.local/share/straddle/models. Need not exist.
std::string models_folder();

// What comes with the program (share/): $STRADDLE_SHARE, else EXE/../share/straddle, else the source
// that it was built from. Empty where there is none.
std::string share_folder();

// What a name stands for: a GGUF file, and where it is a model of a store, what its layers say.
struct FoundModel {
  std::string path;
  std::optional<StoredModel> stored = {};
};

// In this order: a path of a file that exists; the name of a file in a model folder; a file of this name
// in the working folder; a model of a store; the name of a file in a model folder in any case, and
// "publisher/model/file" typed as "file" or "publisher/model", where only one fits. The error says what
// the name is instead (a folder, a pipe, several models ...) and which one is near; that of a model of a
// store, what is wrong with it.
Result<FoundModel> find_model(std::string_view name);

// Whether a name that find_model did not find may be one in a registry: of its form, and nothing of that
// name is here.
bool may_be_pulled(const std::string& name);

struct LocalModel {
  std::string name;  // the path below the models folder, without ".gguf" or "-00001-of-0000N.gguf";
                     // of a store, as it is shown: "llama3.2:latest"
  std::string path;  // of a split set: the first part that is there; of a store: the manifest
  uint64_t bytes = 0;
  uint32_t parts = 1;
  std::vector<uint32_t> missing = {};          // parts of a split set that are not there, counted from 1
  static constexpr size_t kMostMissing = 100;  // that are told
  int64_t modified = 0;                        // seconds since 1970
  Digest id = {};                              // of the manifest; of a file none
  bool stored() const { return !id.hex().empty(); }
};

// The models in stores, in the model folders, in share/models, and in folders below them, by name; where
// several have a name the first of these is meant. problems: a line for each folder and manifest that
// cannot be read.
std::vector<LocalModel> list_models(std::vector<std::string>* problems = nullptr);

// name: as find_model takes it. Any GGUF file will do.
Result<gguf::File> open_file(const std::string& name, bool header_only = false);
// The same of a language model; what else a file is, the error says.
Result<gguf::File> open_model(const std::string& name);       // with weights
Result<gguf::File> open_vocabulary(const std::string& name);  // its header

// ---- which format for which tensor

// A type for all matrices ("BF16"), or a mix as users of GGUF files know them ("Q4_K_M"), where single
// tensors get more bits: "Q4_0" too means Q6_K for the output.
struct MixRule;
struct Recipe {
  std::string_view name;
  uint32_t file_type;    // general.file_type
  quant::Format format;  // of every tensor that no rule names
  std::span<const MixRule> rules;
  bool is_mix;
  std::string_view help;  // a few words, with the bits per weight of an 8B llama
};

// All that can be made, larger ones first.
std::span<const Recipe> recipes();
// Any case. usage, with the nearest, where it is unknown; unsupported where it can only be read.
Result<Recipe> recipe_by_name(std::string_view name);

// What general.file_type says of a file: "Q4_K_M"; empty for numbers that nobody writes.
std::string_view file_type_name(uint64_t file_type);

// What the rules of a mix ask of a model.
struct ModelFacts {
  std::string architecture;
  uint64_t layers = 0, experts = 0;
  uint64_t query_groups = 1;  // heads per key and value head
};
ModelFacts facts_of(const gguf::File& file);

// What the recipe asks for, and what the tensor becomes. They differ where a row is no multiple of the
// block that was asked for: a wider format takes its place; and where weights were trained as MXFP4: in
// no block format would they be as good.
struct Choice {
  quant::Format asked, format;
};

// One per tensor. Vectors, norms, routers, positions and what else is small or delicate are asked to
// stay as they are. Looks at names, shapes and formats only.
std::vector<Choice> choose_formats(const Recipe& recipe, const ModelFacts& facts,
                                   std::span<const gguf::Tensor> tensors);

// ---- quantizing a file

struct Progress {
  std::string_view tensor;
  uint64_t done, total;  // values of all tensors, or bytes
};

struct TensorReport {
  std::string name;
  quant::Format from, asked, to;
  uint64_t columns, values, bytes;  // bytes as written
  double error = 0;                 // sqrt(sum((new - old)^2) / sum(old^2)); 0 for a tensor of zeros
};

struct QuantizeReport {
  std::vector<TensorReport> tensors;
  uint64_t bytes_before = 0, bytes_after = 0;  // of all tensors
};

struct QuantizeOptions {
  uint32_t threads = 0;                                // 0: as many as the machine runs at once
  std::function<void(const QuantizeReport&)> planned;  // before the first tensor: all but the errors
  std::function<bool(const Progress&)> progress;       // after each; false ends with interrupted
};

// Writes `in` in another type or mix; keys are kept but for general.file_type and
// general.quantization_version. The same bytes with any number of threads. A value that its new
// format cannot hold (not a number, too large) is bad_file and names the tensor; `out` that is a file
// of `in`, by whatever name, or holds something else than GGUF, is usage. The file at `out` is whole
// or untouched.
Result<QuantizeReport> quantize(const gguf::File& in, const Recipe& recipe, const std::string& out,
                                const QuantizeOptions& options = {});

// ---- models of a store

// What `create` makes of the lines of a Modelfile: docs/store.md.
struct CreateOptions {
  std::string folder = ".";      // that paths in the Modelfile are relative to
  std::optional<Recipe> recipe;  // none: the weights as they are
  uint32_t threads = 0;          // of quantizing; 0: as many as the machine runs at once
  std::function<void(const std::string& status)> status = [](const std::string&) {};
  FileProgress copying = {};  // of each file that is read
  std::function<bool(const Progress&)> quantizing = {};
};

// The name stands for the new model only when all of it lies in the store. bad_input: a line that cannot
// be done, with its number; unsupported: an adapter, or weights that are no GGUF file; not_found: what
// FROM names.
Status create(const ModelStore& store, const ModelName& name, const Modelfile& modelfile,
              const CreateOptions& options);

// ---- pulling and pushing

struct TransferOptions {
  bool insecure = false;  // by http, and names that begin with http:// may be used
  std::chrono::milliseconds patience = std::chrono::seconds(30);  // with a server that stays silent
  std::string agent = "straddle";
  std::function<void(const std::string& status)> status = [](const std::string&) {};
  // Bytes of a blob that are where they shall go, ten times a second or more, and once where all are; of
  // one blob they never become fewer.
  std::function<void(const Blob& blob, uint64_t done)> progress = [](const Blob&, uint64_t) {};
  std::function<bool()> goes_on = [] { return true; };  // false: what came is kept, interrupted
};

// From the registry that the name names into the store; what is there is not fetched again, and what
// came of an earlier try neither. The name stands for the model only when all of it is there; files that
// only the name's former model needed go. usage: http without `insecure`; not_found: the registry has no
// such model; unsupported: one of a cloud, or of many tensors; io: it cannot be reached or refuses, or
// there is no room; bad_file: what it sends is not what it promised.
Status pull(const ModelStore& store, const ModelName& name, const TransferOptions& options);

// The model to the registry that its name names: each blob that this lacks, then the manifest, byte by
// byte. usage and io as of pull; unsupported: the service wants an account; not_found and bad_file: a
// blob is not there, or is damaged.
Status push(const ModelStore& store, const StoreEntry& entry, const TransferOptions& options);

// ---- models of random weights

struct SynthOptions {
  std::optional<uint64_t> layers;  // the first so many; none: all
  bool header_only = false;
  uint64_t seed = 0;
  uint32_t threads = 0;                           // 0: as many as the machine runs at once
  std::function<bool(const Progress&)> progress;  // of bytes; false ends with interrupted
};

struct SynthReport {
  size_t tensors = 0;
  uint64_t values = 0, bytes = 0;  // of all tensors
};

// What share/shapes.tsv lists.
struct KnownShape {
  std::string name, help;  // "llama3.1:8b"; a few words: "llama, 32 layers"
};
Result<std::vector<KnownShape>> known_shapes();

// Writes a model of that shape with random weights, for measuring. The same bytes with any number of
// threads; the first layers are those of the whole. usage: an unknown shape, and `out` that holds
// something else than GGUF. io: also where there is no room for it. The file at `out` is whole or
// untouched.
Result<SynthReport> synth(const std::string& shape, const Recipe& recipe, const std::string& out,
                          const SynthOptions& options = {});

}  // namespace straddle::store
