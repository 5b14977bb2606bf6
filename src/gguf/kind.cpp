// Files that share the container with models but are something else, as their general.* keys say.
#include "gguf/gguf.h"

namespace straddle::gguf {
namespace {

struct Kind {
  std::string_view key, value;  // an empty value: whatever it says
  const char *what, *hint;
};

constexpr const char* kProjector = "an image or audio projector (mmproj), which a model is used with";
constexpr const char* kAdapter = "an adapter (LoRA), changes to a model that lies in a file of its own";
constexpr const char* kImatrix = "an importance matrix (imatrix), numbers for quantizing a model";
constexpr const char* kControl = "a control vector, changes to a model that lies in a file of its own";
constexpr const char* kPictures = "a model that makes pictures, and no language model";
constexpr const char* kTakeModel = "give the file of the model itself";
constexpr const char* kMerge =
    "give the model's file; to use the adapter, merge it into the model first";
constexpr const char* kOther = "another program runs it";

constexpr Kind kKinds[] = {
    {"general.type", "mmproj", kProjector, kTakeModel},
    {"general.architecture", "clip", kProjector, kTakeModel},
    {"general.type", "adapter", kAdapter, kMerge},
    {"adapter.type", "", kAdapter, kMerge},
    {"general.type", "imatrix", kImatrix, kTakeModel},
    {"general.architecture", "controlvector", kControl, kTakeModel},
    {"general.architecture", "flux", kPictures, kOther},
    {"general.architecture", "sd1", kPictures, kOther},
    {"general.architecture", "sdxl", kPictures, kOther},
    {"general.architecture", "sd3", kPictures, kOther},
    {"general.architecture", "qwen_image", kPictures, kOther},
    {"general.architecture", "wan", kPictures, kOther},
};

}  // namespace

Status File::check_language_model() const {
  for (const Kind& kind : kKinds) {
    const auto said = string(kind.key, "");
    if (find(kind.key) && said && (kind.value.empty() || *said == kind.value))
      return fail(ErrorKind::unsupported, path(), std::string("this is ") + kind.what, kind.hint);
  }
  return {};
}

Status File::check_weights() const {
  if (!tensors().empty()) return {};
  return fail(ErrorKind::unsupported, path(), "it holds no weights, a vocabulary at most",
              "tokenize, detokenize, template and show work with it");
}

}  // namespace straddle::gguf
