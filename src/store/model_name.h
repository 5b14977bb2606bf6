// Names of models in a store and in registries: [http(s)://][HOST/][NAMESPACE/]MODEL[:TAG].
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::store {

// All four parts keep Ollama's rules, so none can be "..", hold a slash or begin with a dot: the path
// below a store is always one below it.
struct ModelName {
  std::string host, owner, model, tag;  // owner: the namespace
  bool plain_http = false;              // was written with http://

  // HOST/NAMESPACE/MODEL/TAG, as a store lays manifests out.
  std::string path() const;
  // As Ollama shows it: without the default host and namespace, always with the tag.
  std::string shown() const;
};

// usage: what a name may not be, with the part that is wrong. Parts that are not there are the defaults.
Result<ModelName> parse_model_name(std::string_view typed);

// As a store compares them: in any case.
bool same_model(const ModelName& a, const ModelName& b);

// A whole from the four parts of a path; usage where one of them could not be typed.
Result<ModelName> model_name_of(std::string_view host, std::string_view owner, std::string_view model,
                                std::string_view tag);

}  // namespace straddle::store
