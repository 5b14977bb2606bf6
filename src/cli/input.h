// Text that a command reads: a file, a pipe that is given as one, or standard input.
#pragma once
#include <string>

#include "base/result.h"

namespace straddle::cli {

// Bytes as they come. Where a terminal or a pipe that stays silent for a second keeps it waiting, a line
// on standard error says what for.
class Input {
 public:
  // what: "the prompt", for that line. An empty path, or "-", is standard input.
  static Result<Input> open(const std::string& path, std::string what);
  Input(Input&& other) noexcept;
  Input& operator=(Input&&) = delete;
  ~Input();

  Result<bool> read_more(std::string& text);  // appends some; false at the end

 private:
  Input(int fd, std::string name, std::string what);
  void wait();

  int fd_;
  std::string name_, what_;
  bool said_ = false;
};

// Of a text, and of a line: a file without end, such as /dev/zero, does no harm.
inline constexpr size_t kMostText = size_t(1) << 30;
tl::unexpected<Error> too_large(const std::string& path);

// All of it: kMostText at most.
Result<std::string> read_text(const std::string& path, std::string what);

}  // namespace straddle::cli
