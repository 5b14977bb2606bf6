// Help from the tables.
#include "cli/help.h"

#include "cli/choices.h"

namespace straddle::cli {
namespace {

constexpr size_t kColumn = 24;

// "  LEFT   right", the right side from a common column on, where need be in a row of its own.
std::string row(std::string left, std::string_view right) {
  left.insert(0, "  ");
  if (left.size() + 2 > kColumn && !right.empty())
    left.append("\n").append(kColumn, ' ');
  else if (!right.empty())
    left.resize(kColumn, ' ');
  return left.append(right).append("\n");
}

}  // namespace

std::string program_help() {
  std::string out =
      "Runs a large language model on the machine that you own.\n\nUsage: straddle COMMAND [WORDS] "
      "[FLAGS]\n\nCommands:\n";
  for (const Command& c : commands()) out += row(std::string(c.name), c.help);
  out +=
      "\nMODEL is the name of a model that is here (`straddle list`) or the path of a .gguf file.\n"
      "`straddle COMMAND --help` and `straddle help options` say more.\n";
  return out;
}

std::string command_help(const Command& command) {
  std::string out(command.help);
  out[0] = char(out[0] - (out[0] >= 'a' && out[0] <= 'z' ? 'a' - 'A' : 0));
  out.append(".\n\nUsage: straddle ").append(command.name).append(" ").append(command.words);
  out.append(command.words.empty() ? "[FLAGS]\n\nFlags:\n" : " [FLAGS]\n\nFlags:\n");
  for (const Flag& flag : flags()) {
    if (takes(command, flag)) {
      out += row(std::string(flag.name).append(flag.value.empty() ? "" : " ").append(flag.value),
                 flag.help);
    }
  }
  out += row("-h, --help", "this");
  for (const Listing& list : listings(command)) {
    out.append("\n").append(list.title).append(":\n");
    for (const Choice& choice : list.choices) out += row(choice.text, choice.help);
  }
  return out;
}

std::string option_help(const options::Row& row) {
  std::string facts = options::accepted_text(row);
  const auto add = [&](std::string_view what, std::string_view value) {
    if (!value.empty()) facts.append(facts.empty() ? "" : "; ").append(what).append(value);
  };
  add("default ", options::value_text(options::Options(), row));
  add("also by ", row.environment);
  return std::string(row.help) + (facts.empty() ? "" : " (" + facts + ")");
}

std::string options_help() {
  std::string out = "Options, set by --set NAME=VALUE or by the environment:\n";
  for (const auto& r : options::table()) out += row(std::string(r.name), option_help(r));
  return out;
}

}  // namespace straddle::cli
