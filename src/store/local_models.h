// The models in a folder and its subfolders.
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/lower_case.h"
#include "store/store.h"

namespace straddle::store {

// "NAME.gguf", in any case, without its ending; empty for what is no model file.
std::string without_suffix(std::string name);

std::string last_part(const std::string& name);  // behind the last '/'
bool is_path(const std::string& name);           // has a folder, or the ending of a model file
bool is_file(const std::filesystem::path& path);

// Walks folders as deep as LM Studio's publisher/model/file.gguf and a little deeper. Names that begin
// with a dot are passed over; a folder that links lead to twice is seen once, so a loop of them ends.
class FolderWalk {
 public:
  explicit FolderWalk(std::vector<std::string>* problems) : problems_(problems) {}
  void add(const std::filesystem::path& folder, const std::string& prefix = {}, int depth = 0);
  void add_one(const std::filesystem::path& folder);  // without those below it
  std::vector<LocalModel> models;

 private:
  bool is_new(const std::filesystem::path& folder);
  std::vector<std::string>* problems_;            // may be null
  std::set<std::pair<uint64_t, uint64_t>> seen_;  // device and inode of folders
};

}  // namespace straddle::store
