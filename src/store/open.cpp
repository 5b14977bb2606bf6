// From a name to an open file.
#include "store/store.h"

namespace straddle::store {

Result<gguf::File> open_file(const std::string& name, bool header_only) {
  auto found = TRY(find_model(name));
  return gguf::File::open(found.path, header_only);
}

Result<gguf::File> open_model(const std::string& name) {
  auto file = TRY(open_file(name));
  auto ok = file.check_language_model();
  if (ok) ok = file.check_weights();
  if (!ok) return fail(ok);
  return file;
}

Result<gguf::File> open_vocabulary(const std::string& name) {
  auto file = TRY(open_file(name, true));
  TRY(file.check_language_model());
  return file;
}

}  // namespace straddle::store
