// Tab in a chat: what may follow in a command.
#include <algorithm>

#include "cli/chat/slash.h"
#include "store/store.h"

namespace straddle::cli::slash {
namespace {

using Words = std::vector<std::string>;

// The words of a text that separators part.
Words split(std::string_view text, std::string_view separators) {
  Words out;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Words option_names() {
  Words out;
  for (const options::Row& row : options::table()) out.emplace_back(row.name);
  return out;
}

Words choices_of(std::string_view option) {
  const options::Row* row = options::find(option);
  return row ? split(row->choices, " ") : Words();
}

Words model_names() {
  Words out;
  for (const auto& model : store::list_models()) out.push_back(model.name);
  return out;
}

// What an argument may be, by one word of Command::arguments. before: the argument in front of it.
Words candidates(const std::string& argument, std::string_view before) {
  if (argument == "OPTION") return option_names();
  if (argument == "VALUE...") return choices_of(before);
  if (argument == "SESSION") return saved_sessions();
  if (argument == "MODEL") return model_names();
  const bool stands_for_itself = argument[0] >= 'a' && argument[0] <= 'z';
  return stands_for_itself ? Words{argument} : Words();
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
  const Words places = split(command.arguments, " ");
  std::string_view arguments = typed.substr(command.words.size() + 1);
  const size_t blank = places.size() > 1 ? arguments.rfind(' ') : arguments.npos;
  const bool second = blank != arguments.npos;
  if (places.size() < 1 + size_t(second)) return;
  const std::string_view first = arguments.substr(0, arguments.find(' '));
  const std::string_view begun = second ? arguments.substr(blank + 1) : arguments;
  const std::string kept(typed.substr(0, typed.size() - begun.size()));
  for (const std::string& one : split(places[second], "[]|")) {
    for (const std::string& word : candidates(one, first)) {
      if (word.starts_with(begun)) out.push_back(kept + word);
    }
  }
}

}  // namespace

Words completions(std::string_view before) {
  Words out;
  if (!before.starts_with('/')) return out;
  add_words(before, out);
  for (const Command& c : commands()) {
    if (before.starts_with(c.words) && before.substr(c.words.size()).starts_with(' '))
      add_arguments(c, before, out);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace straddle::cli::slash
