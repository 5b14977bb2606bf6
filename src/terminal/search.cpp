#include "terminal/search.h"

#include <algorithm>

#include "terminal/cluster.h"

namespace straddle::terminal {
namespace {

constexpr size_t kLongest = 256;  // bytes that are sought

}  // namespace

std::optional<Search::Place> Search::add(std::string_view text) {
  const size_t room = kLongest - sought_.size();
  sought_ += text.substr(0, text.size() <= room ? text.size() : previous_border(text, room + 1));
  return look(std::min(entry_ + 1, entries_.size()));
}

std::optional<Search::Place> Search::take_back() {
  sought_.resize(previous_border(sought_, sought_.size()));
  return look(entries_.size());
}

std::optional<Search::Place> Search::go_on(std::string_view but) { return look(entry_, but); }

// The newest of the entries before `from`, and there the last place. Of nothing sought nothing is found.
std::optional<Search::Place> Search::look(size_t from, std::string_view but) {
  failed_ = false;
  if (sought_.empty()) return std::nullopt;
  for (size_t i = from; i-- > 0;) {
    const size_t at = entries_[i].rfind(sought_);
    if (at == std::string::npos || entries_[i] == but) continue;
    entry_ = i;
    return Place{i, at};
  }
  failed_ = true;
  return std::nullopt;
}

PromptSign Search::sign(const PromptSign& usual) const {
  std::string shown = sought_;
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  std::replace(shown.begin(), shown.end(), '\t', ' ');
  return {failed_ ? "(failed search)`" + shown + "': " : "(search)`" + shown + "': ", usual.next, ""};
}

}  // namespace straddle::terminal
