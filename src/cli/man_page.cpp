#include "cli/man_page.h"

#include "base/replaced.h"
#include "cli/chat/slash.h"
#include "cli/choices.h"
#include "cli/environment.h"
#include "cli/help.h"
#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

// Backslashes, hyphens and back quotes are roff's own, and so is a dot or quote that begins a line.
std::string roff(std::string_view text) {
  std::string out = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  out = replaced(out, "`", "\\(ga");
  if (!out.empty() && (out[0] == '.' || out[0] == '\'')) out.insert(0, "\\&");
  return out;
}

std::string item(std::string_view name, std::string_view value, std::string_view help) {
  std::string out = ".TP\n\\fB" + roff(name) + "\\fR";
  if (!value.empty()) out.append(" \\fI").append(roff(value)).append("\\fR");
  return out.append("\n").append(roff(help)).append("\n");
}

// "the models that are here" as a sentence of the page.
std::string sentence(std::string_view help) {
  std::string out = roff(help) + ".";
  if (out[0] >= 'a' && out[0] <= 'z') out[0] = char(out[0] - 'a' + 'A');
  return out;
}

bool is_common(const Flag& flag) { return flag.commands.starts_with("*"); }

std::string command_section(const Command& command) {
  std::string out = ".SS straddle " + roff(command.name) + " " + roff(command.words) + "\n";
  out.append(sentence(command.help)).append("\n");
  for (const Flag& f : flags())
    if (takes(command, f) && !(is_common(f) && command.computes)) out += item(f.name, f.value, f.help);
  for (const Listing& list : listings(command)) {
    out.append(".PP\n").append(list.title).append(":\n");
    for (const Choice& choice : list.choices) out += item(choice.text, "", choice.help);
  }
  return out;
}

struct Entry {
  std::string_view name, help;
};

constexpr Entry kExitStatuses[] = {
    {"0", "All went well."},
    {"1", "The work failed: a bad file or bad input, a full disk."},
    {"2", "Wrong usage: an unknown command, flag or value."},
    {"3", "There is no such model or file."},
    {"4", "Not enough memory for the request."},
    {"130, 143, 129", "Stopped by Ctrl-C, by SIGTERM, by the end of the terminal."},
};

constexpr Entry kFiles[] = {
    {"~/.local/share/straddle/models", "The model folder: NAME.gguf here is the model NAME."},
    {"~/.local/share/straddle/sessions", "What /save keeps, NAME.json."},
    {"~/.local/state/straddle/history", "What was typed in chats, at most 100 messages."},
};

constexpr Entry kExamples[] = {
    {"straddle run smollm2", "Talk to a model. /? lists the commands of a chat, Ctrl-D leaves it."},
    {"straddle run ~/Downloads/model.gguf \"Why is the sky blue?\"", "One answer."},
    {"straddle run smollm2 \"Sum this up:\" <notes.txt", "One answer to a text and a question."},
    {"straddle run smollm2 --set temperature=0 --set num_ctx=8192 --verbose",
     "The most likely words only, a larger context, and statistics behind each answer."},
    {"straddle quantize model-F16.gguf model-Q4_K_M.gguf Q4_K_M", "Make a model smaller."},
    {"straddle list", "Which models are here."},
};

template <class Entries>
std::string section(std::string_view title, const Entries& entries) {
  std::string out = ".SH " + std::string(title) + "\n";
  for (const auto& entry : entries) out += item(entry.name, "", entry.help);
  return out;
}

constexpr std::string_view kBegin =
    ".TH STRADDLE 1 \"\" \"straddle " STRADDLE_VERSION
    "\" \"User Commands\"\n"
    ".SH NAME\nstraddle \\- run large language models on the machine that you own\n"
    ".SH SYNOPSIS\n.B straddle\n.I COMMAND\n[\\fIWORDS\\fR] [\\fIFLAGS\\fR]\n"
    ".SH DESCRIPTION\nReads a model from a GGUF file and continues text with it. MODEL is the path of "
    "such a "
    "file, or the name (without .gguf) of one in the model folder.\n";

}  // namespace

std::string man_page() {
  std::string out(kBegin);
  out += section("EXAMPLES", kExamples);
  out += ".SH COMMANDS\n";
  for (const Command& c : commands()) out += command_section(c);
  out += ".SH FLAGS OF ALL COMMANDS THAT COMPUTE\n";
  for (const Flag& f : flags())
    if (is_common(f)) out += item(f.name, f.value, f.help);
  out += ".SH OPTIONS OF --set\n";
  for (const auto& row : options::table()) out += item(row.name, "", option_help(row));
  out += ".SH COMMANDS OF A CHAT\n";
  for (const slash::Command& c : slash::commands()) out += item(c.words, c.arguments, c.help);
  out += ".SH KEYS OF A CHAT\n";
  for (const terminal::Shortcut& shortcut : terminal::shortcuts())
    out += item(shortcut.keys, "", shortcut.help);
  out += section("ENVIRONMENT", variables());
  return out + section("FILES", kFiles) + section("EXIT STATUS", kExitStatuses);
}

}  // namespace straddle::cli
