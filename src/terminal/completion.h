// What Tab does with what the holder of the editor offers.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace straddle::terminal {

struct Completion {
  std::string insertion;          // at the cursor; empty where the candidates part there
  std::vector<std::string> rest;  // where there are several: their last words, to be listed
};

// candidates: what may stand instead of `before`; one that does not begin with it is passed over. A
// blank follows the only one. Nothing at all where none is left.
Completion complete(std::string_view before, const std::vector<std::string>& candidates);

// Side by side in rows of `columns`, as many as fit; a row ends with CR and newline.
std::string listed(const std::vector<std::string>& words, int columns);

}  // namespace straddle::terminal
