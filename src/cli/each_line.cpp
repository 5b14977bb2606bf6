#include "cli/each_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/output.h"

namespace straddle::cli {

Status each_line(const std::string& path,
                 const std::function<Result<std::string>(const nlohmann::ordered_json&)>& answer) {
  auto content = read_file(path);
  if (!content) return fail(content);
  size_t number = 0;
  for (size_t at = 0; at < content->size();) {
    const size_t end = std::min(content->find('\n', at), content->size());
    const std::string_view line(content->data() + at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \r") == line.npos) continue;
    auto reply = answer(nlohmann::ordered_json::parse(line, nullptr, false));
    if (!reply) {
      return fail(ErrorKind::bad_input, path + " line " + std::to_string(number),
                  one_line(reply.error()));
    }
    if (!say(*reply + "\n")) return {};
  }
  return {};
}

}  // namespace straddle::cli
