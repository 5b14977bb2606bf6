// Tab in a chat: what may follow in a command.
#include <algorithm>

#include "cli/chat/slash.h"
#include "cli/chat/words.h"
#include "cli/choices.h"

namespace straddle::cli::slash {
namespace {

using Words = std::vector<std::string>;

// What an argument may be, as help shows it. before: the argument in front of it.
Words candidates(std::string_view shown, std::string_view before) {
  Words out;
  if (shown == "OPTION") {
    for (const options::Row& row : options::table()) out.emplace_back(row.name);
  } else {
    for (Choice& choice : choices(shown == "VALUE..." ? choices_of_option(before) : std::string(shown)))
      out.push_back(std::move(choice.text));
  }
  return out;
}

// The next word of every command that goes on as typed.
void add_words(std::string_view typed, Words& out) {
  for (const Command& c : commands()) {
    if (!c.words.starts_with(typed)) continue;
    out.emplace_back(c.words.substr(0, c.words.find(' ', typed.size())));
  }
}

// typed: the command, one blank, and arguments of which the last is not whole. Two words are the
// arguments of no command but /set parameter; else all of it is one, for a name may hold blanks.
void add_arguments(const Command& command, std::string_view typed, Words& out) {
  const auto places = split(command.arguments, ' ');
  std::string_view arguments = typed.substr(command.words.size() + 1);
  const size_t blank = places.size() > 1 ? arguments.rfind(' ') : arguments.npos;
  const bool second = blank != arguments.npos;
  if (places.size() < 1 + size_t(second)) return;
  const std::string_view first = arguments.substr(0, arguments.find(' '));
  const std::string_view begun = second ? arguments.substr(blank + 1) : arguments;
  const std::string kept(typed.substr(0, typed.size() - begun.size()));
  for (const std::string& word : candidates(places[second], first)) {
    if (word.starts_with(begun)) out.push_back(kept + word);
  }
}

// The words of a command with one blank behind each, however many were typed; arguments as they are.
std::string with_single_blanks(std::string_view typed) {
  for (const Command& c : commands()) {
    const auto rest = behind(typed, c.words);
    if (!rest) continue;
    const bool ends = std::string_view(" \t").find(rest->data()[-1]) != std::string_view::npos;
    return std::string(c.words) + (ends ? " " : "") + std::string(*rest);
  }
  return std::string(typed.substr(std::min(typed.find_first_not_of(" \t"), typed.size())));
}

Words completions_of(std::string_view typed) {
  Words out;
  if (!typed.starts_with('/')) return out;
  add_words(typed, out);
  for (const Command& c : commands()) {
    if (typed.starts_with(c.words) && typed.substr(c.words.size()).starts_with(' '))
      add_arguments(c, typed, out);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

Words completions(std::string_view before) {
  const std::string plain = with_single_blanks(before);
  Words out = completions_of(plain);
  for (std::string& text : out) text.replace(0, plain.size(), before);
  return out;
}

}  // namespace straddle::cli::slash
