// Finds names among n in log n steps, and the first one that appears twice. Sorted, not hashed: a
// hostile file cannot make it slow.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace straddle::gguf {

class NameIndex {
 public:
  NameIndex() = default;
  // name_of(i) for i < count; the views must outlive the index.
  template <class NameOf>
  NameIndex(size_t count, NameOf name_of) {
    sorted_.reserve(count);
    for (size_t i = 0; i < count; ++i) sorted_.push_back({name_of(i), uint32_t(i)});
    std::sort(sorted_.begin(), sorted_.end(),
              [](const Named& a, const Named& b) { return a.name < b.name; });
  }

  std::optional<uint32_t> find(std::string_view name) const {
    auto found = std::lower_bound(sorted_.begin(), sorted_.end(), name,
                                  [](const Named& a, std::string_view b) { return a.name < b; });
    if (found == sorted_.end() || found->name != name) return std::nullopt;
    return found->index;
  }

  std::optional<std::string_view> twice() const {
    auto found = std::adjacent_find(sorted_.begin(), sorted_.end(),
                                    [](const Named& a, const Named& b) { return a.name == b.name; });
    if (found == sorted_.end()) return std::nullopt;
    return found->name;
  }

 private:
  struct Named {
    std::string_view name;
    uint32_t index;
  };
  std::vector<Named> sorted_;
};

}  // namespace straddle::gguf
