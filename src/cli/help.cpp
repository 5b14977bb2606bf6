// Help from the tables.
#include "cli/help.h"

#include "options/options.h"

namespace straddle::cli {
namespace {

// "  LEFT   right", the right side from a common column on.
std::string row(std::string left, std::string_view right) {
  left.insert(0, "  ");
  left.resize(std::max<size_t>(left.size() + 2, 24), ' ');
  return left.append(right).append("\n");
}

}  // namespace

std::string program_help() {
  std::string out =
      "Runs a large language model on the machine that you own.\n\nUsage: straddle COMMAND [WORDS] "
      "[FLAGS]\n\nCommands:\n";
  for (const Command& c : commands()) out += row(std::string(c.name), c.help);
  out +=
      "\nMODEL is the name of a local model (`straddle list`) or the path of a .gguf file.\n"
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
  return out + row("-h, --help", "this");
}

std::string options_help() {
  std::string out = "Options, set by --set NAME=VALUE or by the environment:\n";
  const options::Options defaults;
  for (const auto& r : options::table()) {
    std::string help(r.help);
    const std::string value = options::value_text(defaults, r);
    if (!value.empty()) help.append(" (default ").append(value).append(")");
    if (!r.environment.empty()) help.append(" [").append(r.environment).append("]");
    out += row(std::string(r.name), help);
  }
  return out;
}

}  // namespace straddle::cli
