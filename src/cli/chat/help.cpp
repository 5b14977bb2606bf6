// /? and what groups of commands say of themselves.
#include <algorithm>

#include "cli/chat/slash.h"
#include "cli/output.h"
#include "cli/printable.h"

namespace straddle::cli::slash {
namespace {

constexpr std::string_view kShortcuts =
    "Available keyboard shortcuts:\n"
    "  Ctrl + a            Move to the beginning of the line (Home)\n"
    "  Ctrl + e            Move to the end of the line (End)\n"
    "  Alt + b             Move back (left) one word\n"
    "  Alt + f             Move forward (right) one word\n"
    "  Ctrl + k            Delete the sentence after the cursor\n"
    "  Ctrl + u            Delete the sentence before the cursor\n"
    "  Ctrl + w            Delete the word before the cursor\n"
    "  Ctrl + j            A new line in the message\n"
    "  Ctrl + g            Write the message in your editor\n"
    "  Ctrl + l            Clear the screen\n"
    "  Ctrl + c            Stop the answer, or discard the line\n"
    "  Ctrl + d            Leave\n"
    "  Up, Down            What was typed before\n";

void say_row(const Command& command) {
  std::string left = "  " + std::string(command.words);
  if (!command.arguments.empty()) left.append(" ").append(command.arguments);
  left.resize(std::max<size_t>(left.size() + 2, 38), ' ');
  say(left.append(command.help).append("\n"));
}

bool begins(std::string_view words, std::string_view with) {
  return words == with || (words.starts_with(with) && words[with.size()] == ' ');
}

// "set" or "/set": the commands that begin so.
Status say_topic(std::string_view topic) {
  const std::string words = topic.starts_with('/') ? std::string(topic) : "/" + std::string(topic);
  const auto is_row = [&](const Command& c) { return begins(c.words, words); };
  if (std::none_of(commands().begin(), commands().end(), is_row)) {
    say("No help for '" + printable(topic) + "'. Type /? for help\n");
    return {};
  }
  say("Available Commands:\n");
  for (const Command& c : commands()) {
    if (is_row(c)) say_row(c);
  }
  return {};
}

}  // namespace

Status help_set(Chat&, std::string_view) { return say_topic("/set"); }
Status help_show(Chat&, std::string_view) { return say_topic("/show"); }

Status help(Chat&, std::string_view rest) {
  if (rest == "shortcut" || rest == "shortcuts") {
    say(kShortcuts);
    return {};
  }
  if (!rest.empty()) return say_topic(rest);
  say("Available Commands:\n");
  for (const Command& c : commands()) {
    if (c.words.find(' ') == c.words.npos) say_row(c);
  }
  say("\nUse \"\"\" to begin a message of more lines.\n");
  return {};
}

}  // namespace straddle::cli::slash
