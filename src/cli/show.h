// The command `show`: what a model file says of itself.
#pragma once
#include <functional>
#include <string_view>

#include "base/result.h"
#include "gguf/gguf.h"
#include "store/store.h"

namespace straddle::cli {

struct ShowOptions {
  const store::StoredModel* stored = nullptr;  // what its manifest says; null: it lies in no store
  bool tensors = false;                        // the table of tensors
  bool metadata = false;                       // every key
  bool json = false;                           // one JSON object instead of tables; arrays in full
};

using Put = std::function<bool(std::string_view)>;  // a piece of text; false: no more

// Works on a header alone. Piece by piece, so that a large vocabulary costs no memory.
void show(const gguf::File& file, const ShowOptions& options, const Put& put);

// What of a model is a text of its own: the template by the manifest where that has one, else by the file;
// the licence of a model of a store by its manifest alone, as Ollama shows it.
std::string template_of(const gguf::File& file, const store::StoredModel* stored);
std::string license_of(const gguf::File& file, const store::StoredModel* stored);
// As a Modelfile that makes the same model again.
std::string modelfile_of(const gguf::File& file, const store::StoredModel* stored);

}  // namespace straddle::cli
