// Who changes the names of a store holds its lock: a file beside its folders, which Ollama passes over.
#pragma once
#include <string>

#include "base/result.h"

namespace straddle::store {

class StoreLock {
 public:
  static Result<StoreLock> wait_for(const std::string& root);  // the folder must exist
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

 private:
  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace straddle::store
