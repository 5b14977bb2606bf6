// Ctrl-R: a search backwards through the history, letter by letter. No more than its state; editor.cpp
// shows what is found.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/terminal.h"

namespace straddle::terminal {

class Search {
 public:
  struct Place {
    size_t entry, at;  // where in the entry
  };

  // entry: the one that stands in the editor; entries.size() for a message that is none yet.
  Search(const std::vector<std::string>& entries, size_t entry) : entries_(entries), entry_(entry) {}

  // From the place where the search stands on; none, and it stays there, where nothing older fits.
  std::optional<Place> add(std::string_view text);
  std::optional<Place> take_back();                  // the last character; from the newest entry on
  std::optional<Place> go_on(std::string_view but);  // an older one, and of another text
  PromptSign sign(const PromptSign& usual) const;

 private:
  std::optional<Place> look(size_t from, std::string_view but = {});

  const std::vector<std::string>& entries_;
  size_t entry_;
  std::string sought_;
  bool failed_ = false;
};

}  // namespace straddle::terminal
