// From a name to an open file.
#include "store/store.h"

namespace straddle::store {

Result<gguf::File> open_file(const std::string& name, bool header_only) {
  auto path = find_model(name);
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

}  // namespace straddle::store
