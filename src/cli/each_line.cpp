#include "cli/each_line.h"

#include <nlohmann/json.hpp>

#include "cli/input.h"
#include "cli/json.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

// Lines as they come, so that a program may write one and wait for its answer.
class Lines {
 public:
  Lines(Input input, const std::string& path) : input_(std::move(input)), path_(path) {}

  // False behind the last one. The line lives until the next is asked for.
  Result<bool> next(std::string_view& line) {
    size_t end = text_.find('\n', at_);
    while (end == text_.npos && !ended_) {
      text_.erase(0, std::exchange(at_, 0));
      const size_t seen = text_.size();
      auto more = TRY(input_.read_more(text_));
      ended_ = !more;
      if (text_.size() > kMostText) return too_large(path_);
      end = text_.find('\n', seen);
    }
    if (at_ == text_.size()) return false;
    end = std::min(end, text_.size());
    line = std::string_view(text_).substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    return true;
  }

 private:
  Input input_;
  const std::string& path_;
  std::string text_;
  size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

Status each_line(const std::string& path,
                 const std::function<Result<std::string>(const nlohmann::ordered_json&)>& answer) {
  auto input = TRY(Input::open(path, "lines of JSON"));
  Lines lines(std::move(input), path);
  std::string_view line;
  for (size_t number = 1;; ++number) {
    auto is_one = TRY(lines.next(line));
    if (!is_one) return {};
    if (line.find_first_not_of(" \r") == line.npos) continue;
    auto reply = answer(parse_json(std::string(line)));
    if (!reply) {
      return fail(ErrorKind::bad_input, path + " line " + std::to_string(number),
                  one_line(reply.error()));
    }
    if (!say(*reply + "\n")) return {};
  }
}

}  // namespace straddle::cli
