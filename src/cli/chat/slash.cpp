#include "cli/chat/slash.h"

#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "cli/chat/words.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/printable.h"

namespace straddle::cli::slash {
namespace {

Status list_models(Chat&, std::string_view) { return list({}); }

Status clear(Chat& chat, std::string_view) {
  chat.session.messages.clear();
  chat.forgotten = chat.used = 0;
  chat.unanswered.clear();
  say("Cleared session context\n");
  return {};
}

Status retry(Chat& chat, std::string_view) { return answer_again(chat); }

Status leave(Chat& chat, std::string_view) {
  chat.ended = true;
  return {};
}

// Longer words come before those that they begin with.
constexpr auto kCommands = std::to_array<Command>({
    {"/set parameter", "OPTION VALUE...", "Set a parameter", set_parameter},
    {"/set system", "TEXT", "Set the system message", set_system},
    {"/set history", "", "Keep what is typed", set_history},
    {"/set nohistory", "", "Keep nothing of what is typed", set_no_history},
    {"/set wordwrap", "", "Wrap long lines", set_word_wrap},
    {"/set nowordwrap", "", "Leave long lines to the terminal", set_no_word_wrap},
    {"/set format", "json", "Answer in JSON", set_format},
    {"/set noformat", "", "Answer in any form", set_no_format},
    {"/set verbose", "", "Show statistics after an answer", set_verbose},
    {"/set quiet", "", "Show no statistics", set_quiet},
    {"/set think", "[low|medium|high|max]", "Let the model think first", set_thinking},
    {"/set nothink", "", "Let the model answer at once", set_no_thinking},
    {"/set", "", "Set session variables", help_set},
    {"/show info", "", "What the model is", show_info},
    {"/show context", "", "How much of the context is used", show_context},
    {"/show license", "", "The model's licence", show_license},
    {"/show modelfile", "", "Model, template, system message and parameters", show_modelfile},
    {"/show parameters", "", "What was set", show_parameters},
    {"/show system", "", "The system message", show_system},
    {"/show template", "", "The chat template", show_template},
    {"/show", "", "Show model information", help_show},
    {"/load", "SESSION|MODEL", "Load a session or a model", load},
    {"/save", "SESSION", "Save this session", save},
    {"/sessions delete", "SESSION", "Delete a saved session", remove_session},
    {"/sessions", "", "The sessions that were saved", list_sessions},
    {"/list", "", "The models that are here", list_models},
    {"/retry", "", "Answer the last message again", retry},
    {"/clear", "", "Forget what was said", clear},
    {"/bye", "", "Leave", leave},
    {"/exit", "", "Leave", leave},
    {"/?", "[set|show|sessions|shortcuts]", "Help", help},
    {"/help", "[set|show|sessions|shortcuts]", "Help", help},
});

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(" \t") + 1));
  return text;
}

// "/set" of "/set parameter": its other words are the names of commands.
bool is_group(std::string_view words) {
  return std::any_of(kCommands.begin(), kCommands.end(), [&](const Command& c) {
    return c.words.starts_with(words) && c.words.substr(words.size()).starts_with(' ');
  });
}

Status say_unknown(std::string_view typed) {
  std::vector<std::string_view> known;
  for (const Command& c : kCommands) known.push_back(c.words);
  const std::string_view near = nearest(typed, known);
  say("Unknown command '" + printable(typed) + "'. Type /? for help" +
      (near.empty() ? "" : " (nearest known: " + std::string(near) + ")") + "\n");
  return {};
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

Status run(Chat& chat, std::string_view line) {
  for (const Command& c : kCommands) {
    const auto found = behind(line, c.words);
    if (!found) continue;
    const std::string_view rest = trimmed(*found);
    if (!rest.empty() && is_group(c.words))
      return say_unknown(std::string(c.words) + " " +
                         std::string(rest.substr(0, rest.find_first_of(" \t"))));
    return c.run(chat, rest);
  }
  line = trimmed(line);
  return say_unknown(line.substr(0, line.find_first_of(" \t\n")));
}

}  // namespace straddle::cli::slash
