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
    rows_.reserve(count);
    for (size_t i = 0; i < count; ++i) rows_.push_back({name_of(i), uint32_t(i)});
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
  }

  std::optional<uint32_t> find(std::string_view name) const {
    auto row = std::lower_bound(rows_.begin(), rows_.end(), name,
                                [](const Row& a, std::string_view b) { return a.name < b; });
    if (row == rows_.end() || row->name != name) return std::nullopt;
    return row->index;
  }

  std::optional<std::string_view> twice() const {
    auto row = std::adjacent_find(rows_.begin(), rows_.end(),
                                  [](const Row& a, const Row& b) { return a.name == b.name; });
    if (row == rows_.end()) return std::nullopt;
    return row->name;
  }

 private:
  struct Row {
    std::string_view name;
    uint32_t index;
  };
  std::vector<Row> rows_;
};

}  // namespace straddle::gguf
