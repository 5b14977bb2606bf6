// Where the stores of this machine are.
#include <filesystem>

#include "base/environment.h"
#include "store/store.h"

namespace straddle::store {
namespace {

// A person's own, else that of the service.
std::vector<std::string> usual_folders_of_ollama() {
  std::vector<std::string> out;
  if (const std::string home = environment("HOME"); !home.empty())
    out.push_back(home + "/.ollama/models");
  out.push_back("/usr/share/ollama/.ollama/models");
  return out;
}

std::vector<ModelStore> stores_of_ollama() {
  if (const std::string named = environment("OLLAMA_MODELS"); !named.empty()) return {ModelStore(named)};
  for (const std::string& folder : usual_folders_of_ollama())
    if (ModelStore store(folder); store.exists()) return {store};
  return {};
}

}  // namespace

std::vector<ModelStore> model_stores() {
  std::vector<ModelStore> out;
  if (environment("STRADDLE_MODELS").empty()) out = stores_of_ollama();
  out.emplace_back(models_folder());
  return out;
}

ModelStore store_to_write() {
  const auto stores = model_stores();
  for (const ModelStore& store : stores)
    if (store.writable()) return store;
  return stores.back();
}

}  // namespace straddle::store
