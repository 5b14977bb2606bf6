// Many short strings in one block of memory.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace straddle::text {

class StringTable {
 public:
  size_t size() const { return ends_.size(); }
  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }

  void reserve(size_t strings, size_t bytes) { ends_.reserve(strings), bytes_.reserve(bytes); }

  void add(std::string_view s) {
    bytes_ += s;
    ends_.push_back(bytes_.size());
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

}  // namespace straddle::text
