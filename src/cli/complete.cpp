#include "cli/complete.h"

#include <algorithm>

#include "base/lower_case.h"
#include "cli/request.h"
#include "options/options.h"

namespace straddle::cli {
namespace {

using Choices = std::vector<Choice>;

// ---- where in a command the last word stands

const Flag* flag_of(const Command& command, std::string_view name) {
  const Flag* flag = find_flag(name);
  return flag && takes(command, *flag) ? flag : nullptr;
}

// Whether the next word is the flag's value.
bool wants_word(const Flag* flag) {
  return flag && !flag->value.empty() && !flag->value.starts_with("[=");
}

Choices command_names() {
  Choices out;
  for (const Command& c : commands()) out.push_back({std::string(c.name), std::string(c.help)});
  out.push_back({"help", "how a command is used; help options: all of --set"});
  return out;
}

Choices first_words(std::string_view typed) {
  if (!typed.starts_with('-')) return command_names();
  return {{"--help", "how the program is used"}, {"--version", "which version this is"}};
}

Choices flag_names(const Command& command) {
  Choices out{{"--help", "how the command is used"}};
  for (const Flag& flag : flags()) {
    if (!takes(command, flag)) continue;
    const bool may_have_value = flag.value.starts_with("[=");
    out.push_back({std::string(flag.name), std::string(flag.help)});
    if (may_have_value) out.push_back({out.back().text + "=", out.back().help});
  }
  return out;
}

Choices with_prefix(const std::string& prefix, Choices choices) {
  for (Choice& choice : choices) choice.text.insert(0, prefix);
  return choices;
}

Choices values_of_assignment(std::string_view typed) {
  const std::string name(typed.substr(0, typed.find('=')));
  return with_prefix(name + "=", choices(choices_of_option(name)));
}

Choices values_of(const Flag& flag, std::string_view typed) {
  const bool is_assignment = flag.value == "NAME=VALUE";
  return is_assignment && typed.find('=') != typed.npos ? values_of_assignment(typed)
                                                        : choices(flag.value);
}

// Whether what stands behind "--" has begun: all of it is text.
bool flags_have_ended(std::span<const std::string> words) {
  return std::ranges::count(words.first(words.size() - 1), "--") > 0;
}

// How many words stand before the last that belong to no flag.
size_t place_of_last(const Command& command, std::span<const std::string> words) {
  size_t place = 0;
  bool is_text = false;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (!is_text && words[i] == "--")
      is_text = true;
    else if (is_text || !words[i].starts_with('-'))
      ++place;
    else if (wants_word(flag_of(command, words[i])))
      ++i;
  }
  return place;
}

// words: those behind the command.
Choices choices_in(const Command& command, std::span<const std::string> words) {
  const std::string& typed = words.back();
  const auto shown = split(command.words, ' ');
  const size_t place = place_of_last(command, words);
  const auto positional = [&] { return place < shown.size() ? choices(shown[place]) : Choices{}; };
  if (flags_have_ended(words)) return positional();
  const Flag* before = words.size() > 1 ? flag_of(command, words[words.size() - 2]) : nullptr;
  if (wants_word(before)) return values_of(*before, typed);
  if (const size_t equals = typed.find('='); typed.starts_with("--") && equals != typed.npos) {
    const Flag* flag = flag_of(command, typed.substr(0, equals));
    const std::string prefix = typed.substr(0, equals + 1);
    return flag ? with_prefix(prefix, values_of(*flag, typed.substr(equals + 1))) : Choices{};
  }
  if (typed.starts_with('-')) return flag_names(command);
  return positional();
}

Choices all_choices(std::span<const std::string> words) {
  if (words.size() <= 1) return first_words(words.empty() ? "" : words[0]);
  if (words[0] == "help") {
    Choices out = words.size() == 2 ? command_names() : Choices{};
    if (!out.empty()) out.back() = {"options", "all of --set"};
    return out;
  }
  const Command* command = find_command(words[0]);
  return command ? choices_in(*command, words.subspan(1)) : Choices{};
}

// In small letters what has been typed so and may be written so, where nothing begins as it was typed.
void offer_small_letters(Choices& choices, std::string_view typed) {
  const auto begins_so = [&](const Choice& choice) { return choice.text.starts_with(typed); };
  if (std::ranges::any_of(choices, begins_so)) return;
  for (Choice& choice : choices) {
    if (choice.any_case) choice.text = lower_case(choice.text);
  }
}

}  // namespace

std::vector<Choice> completions(std::span<const std::string> words) {
  Choices out = all_choices(words);
  const std::string typed = words.empty() ? "" : words.back();
  offer_small_letters(out, typed);
  std::erase_if(out, [&](const Choice& choice) { return !choice.text.starts_with(typed); });
  return out;
}

std::string completion_lines(std::span<const std::string> words) {
  std::string out;
  for (const Choice& choice : completions(words)) {
    const bool is_line = choice.text.find_first_of("\n\t") == choice.text.npos;
    if (is_line) out += choice.text + "\t" + choice.help + "\n";
  }
  return out;
}

}  // namespace straddle::cli
