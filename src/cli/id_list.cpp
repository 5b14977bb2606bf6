#include "cli/id_list.h"

#include <charconv>
#include <string>

namespace straddle::cli {

Result<std::vector<int32_t>> parse_ids(std::string_view text) {
  std::vector<int32_t> ids;
  for (size_t at = text.find_first_not_of(" ,[]\n\r\t"); at != text.npos;
       at = text.find_first_not_of(" ,[]\n\r\t", at)) {
    int32_t id = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), id);
    const size_t next = size_t(end - text.data());
    const bool whole =
        next == text.size() || std::string_view(" ,[]\n\r\t").find(text[next]) != std::string_view::npos;
    if (error != std::errc() || !whole) {
      const std::string word(
          text.substr(at, std::min<size_t>(text.find_first_of(" ,[]\n\r\t", at) - at, 20)));
      return fail(ErrorKind::usage, "ids", "'" + word + "' is not a token id");
    }
    ids.push_back(id);
    at = next;
  }
  return ids;
}

}  // namespace straddle::cli
