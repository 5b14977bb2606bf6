#include "cli/chat/words.h"

#include <algorithm>

#include "cli/printable.h"

namespace straddle::cli::slash {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kEscapes = "\"\\nrt", kMeant = "\"\\\n\r\t";

bool begins_with_blank(std::string_view text) {
  return !text.empty() && kBlanks.find(text[0]) != kBlanks.npos;
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

// `rest` begins with a quote.
Result<std::string> take_quoted(std::string_view& rest, std::string_view where) {
  std::string out;
  for (size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return out;
    }
    const bool escaped = rest[at] == '\\' && at + 1 < rest.size();
    if (escaped) ++at;
    const size_t which = escaped ? kEscapes.find(rest[at]) : kEscapes.npos;
    if (escaped && which == kEscapes.npos) {
      return fail(ErrorKind::usage, std::string(where),
                  "a backslash in quotes stands before \" \\ n r or t", "\\\\ is a backslash");
    }
    out += escaped ? kMeant[which] : rest[at];
  }
  return fail(ErrorKind::usage, std::string(where), "a quote is not closed",
              "\\\" is a quote within quotes");
}

}  // namespace

std::optional<std::string_view> behind(std::string_view line, std::string_view words) {
  for (;;) {
    skip_blanks(line);
    const std::string_view word = words.substr(0, words.find(' '));
    if (!line.starts_with(word)) return std::nullopt;
    line.remove_prefix(word.size());
    if (!line.empty() && !begins_with_blank(line)) return std::nullopt;
    skip_blanks(line);
    if (word == words) return line;
    words.remove_prefix(word.size() + 1);
  }
}

Result<std::string> take_word(std::string_view& rest, std::string_view where) {
  std::string word;
  if (rest.starts_with('"')) {
    word = TRY(take_quoted(rest, where));
    if (!rest.empty() && !begins_with_blank(rest))
      return fail(ErrorKind::usage, std::string(where), "behind a closing quote stands no blank",
                  "\\\" is a quote within quotes");
  } else {
    word = rest.substr(0, rest.find_first_of(kBlanks));
    rest.remove_prefix(word.size());
  }
  skip_blanks(rest);
  return word;
}

Result<std::string> whole_word(std::string_view rest, std::string_view where) {
  if (!rest.starts_with('"')) return std::string(rest);
  auto word = TRY(take_word(rest, where));
  if (rest.empty()) return word;
  return fail(ErrorKind::usage, std::string(where), "one name is wanted",
              "blanks of a name stand within its quotes");
}

std::string in_quotes(std::string_view word) {
  const bool plain = !word.empty() && word.find_first_of(" \t\r\n\"") == word.npos;
  if (plain) return printable(word);
  std::string out;
  for (const char c : word) out.append(c == '"' || c == '\\' ? 1 : 0, '\\').push_back(c);
  return '"' + printable(out) + '"';  // line ends and tabs as above
}

}  // namespace straddle::cli::slash
