// The commands of a chat: a table of words, help and what they do.
#include <algorithm>
#include <array>

#include "cli/chat/ask.h"
#include "cli/chat/chat.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "cli/show.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

struct Slash {
  std::string_view words;      // "/set parameter"; aliases after a comma
  std::string_view arguments;  // as help shows them
  std::string_view help;
  Status (*run)(Chat& chat, std::string_view rest);
};

std::span<const Slash> table();

std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  return word;
}

// ---- set

constexpr std::string_view kCommonParameters =
    "Common parameters:\n"
    "  /set parameter seed <int>             Random number seed\n"
    "  /set parameter num_predict <int>      Max number of tokens to predict\n"
    "  /set parameter top_k <int>            Pick from top k num of tokens\n"
    "  /set parameter top_p <float>          Pick token based on sum of probabilities\n"
    "  /set parameter min_p <float>          Pick token based on top token probability * min_p\n"
    "  /set parameter num_ctx <int>          Set the context size\n"
    "  /set parameter temperature <float>    Set creativity level\n"
    "  /set parameter repeat_penalty <float> How strongly to penalize repetitions\n"
    "  /set parameter repeat_last_n <int>    Set how far back to look for repetitions\n"
    "  /set parameter num_thread <int>       Threads that compute\n"
    "  /set parameter stop <string> <string> ...   Set the stop parameters\n"
    "All of them: straddle help options\n";

Status set_parameter(Chat& chat, std::string_view rest) {
  const std::string name(next_word(rest));
  if (rest.empty()) {
    say(kCommonParameters);
    return {};
  }
  auto& parameters = chat.session.parameters;
  const auto before = parameters;
  std::erase_if(parameters, [&](const auto& p) { return p.first == name; });
  const std::string shown(rest);
  if (name != "stop") parameters.emplace_back(name, rest);
  while (name == "stop" && !rest.empty()) parameters.emplace_back(name, next_word(rest));
  if (auto ok = apply_parameters(chat); !ok) {
    parameters = before;
    say("Couldn't set parameter: " + one_line(ok.error()) + "\n");
    return apply_parameters(chat);
  }
  say("Set parameter '" + name + "' to '" + printable(shown) + "'\n");
  return {};
}

Status set_system(Chat& chat, std::string_view rest) {
  chat.session.system = rest;
  say("Set system message.\n");
  return {};
}

Status set_think(Chat& chat, std::string_view rest) {
  if (auto ok = set_thinking(chat.ask, rest, "/set think"); !ok) return ok;
  warn_if_thoughtless(chat.model->conversation);
  say("Set 'think' mode.\n");
  return {};
}

Status set_nothink(Chat& chat, std::string_view) {
  if (auto ok = set_thinking(chat.ask, "false", "/set nothink"); !ok) return ok;
  warn_if_thoughtless(chat.model->conversation);
  say("Set 'nothink' mode.\n");
  return {};
}

Status set_form(Chat& chat, std::string_view rest) {
  if (auto ok = set_format(chat.ask, rest, "/set format"); !ok) return ok;
  say("Set format to 'json' mode.\n");
  return {};
}

Status set_any_form(Chat& chat, std::string_view) {
  chat.ask.json = false;
  say("Disabled format.\n");
  return {};
}

template <bool kOn>
Status set_history(Chat& chat, std::string_view) {
  if (chat.history) chat.history->enabled = kOn;
  return {};
}

template <bool kOn>
Status set_wordwrap(Chat& chat, std::string_view) {
  chat.style.word_wrap = kOn;
  say(kOn ? "Set 'wordwrap' mode.\n" : "Set 'nowordwrap' mode.\n");
  return {};
}

template <bool kOn>
Status set_verbose(Chat& chat, std::string_view) {
  chat.verbose = kOn;
  say(kOn ? "Set 'verbose' mode.\n" : "Set 'quiet' mode.\n");
  return {};
}

// ---- show

Status show_info(Chat& chat, std::string_view) {
  show(chat.model->file, {}, say);
  return {};
}

Status say_or(const std::string& text, std::string_view none) {
  say(text.empty() ? std::string(none) + "\n" : terminal::safe_text(text) + "\n");
  return {};
}

Status show_license(Chat& chat, std::string_view) {
  return say_or(text_of(chat.model->file, "general.license"),
                "No license was specified for this model.");
}

Status show_system(Chat& chat, std::string_view) {
  return say_or(chat.session.system, "No system message was specified for this model.");
}

Status show_template(Chat& chat, std::string_view) {
  return say_or(chat.model->chat_template.source(), "No prompt template was specified for this model.");
}

std::string parameter_lines(const Chat& chat, std::string_view before) {
  std::string out;
  for (const auto& [name, value] : chat.session.parameters)
    out.append(before).append(name).append(" ").append(printable(value)).append("\n");
  return out;
}

Status show_parameters(Chat& chat, std::string_view) {
  const std::string lines = parameter_lines(chat, "  ");
  return say_or(lines.empty() ? "" : "User defined parameters:\n" + lines,
                "No parameters were specified for this model.");
}

Status show_modelfile(Chat& chat, std::string_view) {
  std::string out = "FROM " + chat.model->file.path() + "\n";
  out += "TEMPLATE \"\"\"" + chat.model->chat_template.source() + "\"\"\"\n";
  if (!chat.session.system.empty()) out += "SYSTEM \"\"\"" + chat.session.system + "\"\"\"\n";
  return say_or(out + parameter_lines(chat, "PARAMETER "), "");
}

// ---- sessions

Status save(Chat& chat, std::string_view rest) {
  const auto models = store::list_models();
  if (std::any_of(models.begin(), models.end(), [&](const auto& m) { return m.name == rest; })) {
    return fail(ErrorKind::usage, "/save", "'" + printable(rest) + "' is a model's name",
                "another name");
  }
  auto path = save_session(chat.session, std::string(rest));
  if (!path) return fail(path);
  say("Created new session '" + printable(rest) + "' (" + *path + ")\n");
  return {};
}

Status load(Chat& chat, std::string_view rest) {
  const std::string name(rest), path = find_session(name);
  auto session = path.empty() ? Result<Session>(Session{.model = name}) : load_session(path);
  if (!session) return fail(session);
  if (path.empty() && !store::find_model(name)) {
    say("Couldn't find model '" + printable(name) + "'\n");
    return {};
  }
  say("Loading '" + printable(name) + "'\n");
  if (auto ok = change_session(chat, std::move(*session)); !ok) return ok;
  show_messages(chat);
  return {};
}

Status clear(Chat& chat, std::string_view) {
  chat.session.messages.clear();
  chat.forgotten = 0;
  say("Cleared session context\n");
  return {};
}

Status list_here(Chat&, std::string_view) { return list({}); }

Status leave(Chat& chat, std::string_view) {
  chat.ended = true;
  return {};
}

// ---- help

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

void say_row(const Slash& row) {
  std::string left = "  " + std::string(row.words);
  if (!row.arguments.empty()) left.append(" ").append(row.arguments);
  left.resize(std::max<size_t>(left.size() + 2, 34), ' ');
  say(left.append(row.help).append("\n"));
}

void say_group(std::string_view prefix) {
  say("Available Commands:\n");
  for (const Slash& row : table()) {
    if (row.words.starts_with(prefix)) say_row(row);
  }
}

Status help_set(Chat&, std::string_view) {
  say_group("/set");
  return {};
}

Status help_show(Chat&, std::string_view) {
  say_group("/show");
  return {};
}

Status help(Chat&, std::string_view rest) {
  if (rest == "shortcut" || rest == "shortcuts") {
    say(kShortcuts);
  } else if (rest == "set" || rest == "/set" || rest == "show" || rest == "/show") {
    say_group(rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest));
  } else {
    say("Available Commands:\n");
    for (const Slash& row : table()) {
      if (row.words.find(' ') == row.words.npos) say_row(row);
    }
    say("\nUse \"\"\" to begin a message of more lines.\n");
  }
  return {};
}

// The longest words that fit come first.
constexpr auto kTable = std::to_array<Slash>({
    {"/set parameter", "NAME VALUE", "Set a parameter", set_parameter},
    {"/set system", "TEXT", "Set the system message", set_system},
    {"/set history", "", "Keep what is typed", set_history<true>},
    {"/set nohistory", "", "Keep nothing of what is typed", set_history<false>},
    {"/set wordwrap", "", "Wrap long lines", set_wordwrap<true>},
    {"/set nowordwrap", "", "Leave long lines to the terminal", set_wordwrap<false>},
    {"/set format", "json", "Answer in JSON", set_form},
    {"/set noformat", "", "Answer in any form", set_any_form},
    {"/set verbose", "", "Show statistics after an answer", set_verbose<true>},
    {"/set quiet", "", "Show no statistics", set_verbose<false>},
    {"/set think", "[low|medium|high|max]", "Let the model think first", set_think},
    {"/set nothink", "", "Let the model answer at once", set_nothink},
    {"/set", "", "Set session variables", help_set},
    {"/show info", "", "What the model is", show_info},
    {"/show license", "", "The model's licence", show_license},
    {"/show modelfile", "", "Model, template, system message and parameters", show_modelfile},
    {"/show parameters", "", "What was set", show_parameters},
    {"/show system", "", "The system message", show_system},
    {"/show template", "", "The chat template", show_template},
    {"/show", "", "Show model information", help_show},
    {"/load", "NAME", "Load a session or a model", load},
    {"/save", "NAME", "Save this session", save},
    {"/list", "", "The models that are here", list_here},
    {"/clear", "", "Forget what was said", clear},
    {"/bye", "", "Leave", leave},
    {"/exit", "", "Leave", leave},
    {"/?", "[set|show|shortcuts]", "Help", help},
    {"/help", "[set|show|shortcuts]", "Help", help},
});

std::span<const Slash> table() { return kTable; }

}  // namespace

Status run_slash(Chat& chat, std::string_view line) {
  for (const Slash& row : kTable) {
    if (!line.starts_with(row.words)) continue;
    std::string_view rest = line.substr(row.words.size());
    if (!rest.empty() && rest[0] != ' ' && rest[0] != '\t') continue;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    rest.remove_suffix(rest.size() - (rest.find_last_not_of(" \t") + 1));
    return row.run(chat, rest);
  }
  const std::string word(next_word(line));
  say("Unknown command '" + printable(word) + "'. Type /? for help\n");
  return {};
}

}  // namespace straddle::cli
