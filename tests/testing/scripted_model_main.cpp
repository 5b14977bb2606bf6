// scripted_model OUT TEMPLATE [--start PIECE] [--known] PIECE...: a scripted model for the tests of the
// program. TEMPLATE: a file; "" for none. A piece is a word, or control:WORD, user:WORD, byte:<0x41>;
// those behind --known are never said, beside the letters.
#include <cstdio>
#include <string_view>

#include "testing/golden.h"
#include "testing/scripted_model.h"

namespace straddle::testing {
namespace {

Piece piece_of(std::string_view word) {
  struct Row {
    std::string_view prefix;
    text::TokenType type;
  };
  constexpr Row kRows[] = {{"control:", text::TokenType::control},
                           {"user:", text::TokenType::user_defined},
                           {"byte:", text::TokenType::byte}};
  for (const Row& row : kRows) {
    if (word.starts_with(row.prefix)) return {std::string(word.substr(row.prefix.size())), row.type};
  }
  return {std::string(word)};
}

int make(std::span<const char* const> words) {
  Script script{.said = {}, .known = letters()};
  if (words[1][0] != 0) script.chat_template = read_text(words[1]);
  bool known = false;
  for (size_t i = 2; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--start" && i + 1 < words.size()) {
      script.start = piece_of(words[++i]);
    } else if (word == "--known") {
      known = true;
    } else {
      (known ? script.known : script.said).push_back(piece_of(word));
    }
  }
  const auto written = scripted_model(script).write(words[0]);
  if (!written) std::fprintf(stderr, "%s\n", one_line(written.error()).c_str());
  return written ? 0 : 1;
}

}  // namespace
}  // namespace straddle::testing

int main(int count, char** words) {
  if (count < 3) return 2;
  return straddle::testing::make(std::span(words + 1, size_t(count - 1)));
}
