#include "cli/id_list.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace straddle::cli {
namespace {

constexpr std::string_view kBlanks = " []\n\r\t", kEnds = " ,[]\n\r\t";

tl::unexpected<Error> no_id(std::string_view text) {
  const std::string word(text.substr(0, std::min<size_t>(text.find_first_of(kEnds), 20)));
  return fail(ErrorKind::usage, "ids", "'" + word + "' is not a token id");
}

}  // namespace

Result<std::vector<int32_t>> parse_ids(std::string_view text) {
  const auto missing = fail(ErrorKind::usage, "ids", "one is missing beside a comma", "1,2,3");
  std::vector<int32_t> ids;
  bool comma = false;  // behind the last id
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) break;
    if (text[0] == ',') {
      if (comma || ids.empty()) return missing;
      comma = true;
      text.remove_prefix(1);
      continue;
    }
    int32_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const auto size = size_t(end - text.data());
    const bool whole = size == text.size() || kEnds.find(text[size]) != kEnds.npos;
    if (error != std::errc() || !whole) return no_id(text);
    ids.push_back(id);
    comma = false;
    text.remove_prefix(size);
  }
  if (comma) return missing;
  return ids;
}

}  // namespace straddle::cli
