// `straddle manual KIND`: the man page and the completions of shells, made from the tables of commands,
// flags and options, so that they say what the program does.
#include <algorithm>
#include <array>
#include <string>

#include "cli/commands.h"
#include "cli/output.h"
#include "options/options.h"

namespace straddle::cli {
namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (size_t at = 0;;) {
    const size_t found = text.find(what, at);
    out.append(text.substr(at, found - at));
    if (found == text.npos) return out;
    out.append(by);
    at = found + what.size();
  }
}

// "-n,--name" has two names, the last is the long one.
std::string_view long_name(const Flag& flag) { return flag.name.substr(flag.name.rfind(',') + 1); }

std::string command_names() {
  std::string out;
  for (const Command& c : commands()) out.append(out.empty() ? "" : " ").append(c.name);
  return out;
}

std::string flag_names(const Command& command) {
  std::string out = "--help";
  for (const Flag& f : flags())
    if (takes(command, f)) out.append(" ").append(long_name(f));
  return out;
}

std::string setting_names() {
  std::string out;
  for (const auto& row : options::table())
    out.append(out.empty() ? "" : " ").append(row.name).append("=");
  return out;
}

// ---- roff

// Backslashes and hyphens are roff's own, and so is a dot or quote that begins a line.
std::string roff(std::string_view text) {
  std::string out = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
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

std::string command_section(const Command& command) {
  std::string out = ".SS straddle " + roff(command.name) + " " + roff(command.words) + "\n";
  out.append(sentence(command.help)).append("\n");
  for (const Flag& f : flags())
    if (takes(command, f) && f.commands != "*") out += item(f.name, f.value, f.help);
  return out;
}

std::string option_item(const options::Row& row, const options::Options& defaults) {
  std::string help(row.help);
  if (const std::string value = options::value_text(defaults, row); !value.empty())
    help.append(" (default ").append(value).append(")");
  if (!row.choices.empty()) help.append("; one of: ").append(row.choices);
  if (!row.environment.empty()) help.append("; also by ").append(row.environment);
  return item(row.name, "", help);
}

std::string man_page() {
  std::string out = ".TH STRADDLE 1 \"\" \"straddle " STRADDLE_VERSION
                    "\" \"User Commands\"\n"
                    ".SH NAME\nstraddle \\- run large language models on the machine that you own\n"
                    ".SH SYNOPSIS\n.B straddle\n.I COMMAND\n[\\fIFLAGS\\fR]\n"
                    ".SH DESCRIPTION\nReads a model from a GGUF file and continues text with it. MODEL "
                    "is a path, or the "
                    "name (without .gguf) of a file in the model folder.\n"
                    ".SH COMMANDS\n";
  for (const Command& c : commands()) out += command_section(c);
  out += ".SH FLAGS OF ALL COMMANDS THAT COMPUTE\n";
  for (const Flag& f : flags())
    if (f.commands == "*") out += item(f.name, f.value, f.help);
  out += ".SH OPTIONS OF --set\n";
  const options::Options defaults;
  for (const auto& row : options::table()) out += option_item(row, defaults);
  out +=
      ".SH EXIT STATUS\n0 ok; 1 the work failed; 2 wrong usage; 3 model or file not found; 4 not enough "
      "memory for the request; 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP.\n"
      ".SH FILES\n$STRADDLE_MODELS, else $XDG_DATA_HOME/straddle/models, else "
      "~/.local/share/straddle/models: the model folder.\n";
  return out;
}

// ---- shells

// `straddle list` prints a heading, then a name and more per line.
constexpr std::string_view kModels = "straddle list 2>/dev/null | awk 'NR > 1 { print $1 }'";

std::string bash_completion() {
  std::string out = "# bash completion of straddle\n_straddle() {\n";
  out +=
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} flags=--help\n"
      "  if [ \"$COMP_CWORD\" = 1 ]; then\n";
  out += "    COMPREPLY=($(compgen -W \"" + command_names() + " help\" -- \"$current\"))\n";
  out += "    return\n  fi\n  case ${COMP_WORDS[1]} in\n";
  for (const Command& c : commands())
    out.append("    ").append(c.name).append(") flags=\"").append(flag_names(c)).append("\" ;;\n");
  out += "  esac\n  if [ \"$previous\" = --set ]; then\n    compopt -o nospace\n";
  out += "    COMPREPLY=($(compgen -W \"" + setting_names() + "\" -- \"$current\"))\n";
  out +=
      "  elif [[ $current == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$flags\" -- \"$current\"))\n"
      "  else\n    COMPREPLY=($(compgen -W \"$(";
  out.append(kModels);
  out += ")\" -- \"$current\"))\n  fi\n}\ncomplete -o default -F _straddle straddle\n";
  return out;
}

// In a zsh _arguments specification and in its single quotes.
std::string zsh_text(std::string_view text) {
  std::string out = replaced(text, "'", "'\\''");
  for (const char* special : {"[", "]", ":"}) out = replaced(out, special, std::string("\\") + special);
  return out;
}

std::string zsh_flags(const Command& command) {
  std::string out;
  for (const Flag& f : flags()) {
    if (!takes(command, f)) continue;
    out.append(" '*").append(long_name(f)).append("[").append(zsh_text(f.help)).append("]");
    if (long_name(f) == "--set")
      out.append(":option:(").append(setting_names()).append(")");
    else if (!f.value.empty())
      out.append(":").append(zsh_text(f.value)).append(":_files");
    out += "'";
  }
  return out;
}

std::string zsh_completion() {
  std::string out = "#compdef straddle\n_straddle_models() {\n  local -a models\n  models=($(";
  out.append(kModels).append("))\n  compadd -a models\n  _files\n}\n_straddle() {\n");
  out += "  if (( CURRENT == 2 )); then\n    local -a commands\n    commands=(";
  for (const Command& c : commands())
    out.append("'").append(c.name).append(":").append(zsh_text(c.help)).append("' ");
  out += ")\n    _describe command commands\n    return\n  fi\n  shift words; (( CURRENT-- ))\n";
  out += "  case $words[1] in\n";
  for (const Command& c : commands()) {
    out.append("    ").append(c.name).append(") _arguments").append(zsh_flags(c));
    out += " '*:model:_straddle_models' ;;\n";
  }
  return out + "  esac\n}\n_straddle \"$@\"\n";
}

std::string fish_quoted(std::string_view text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_completion() {
  std::string out = "# fish completion of straddle\n";
  for (const Command& c : commands()) {
    out.append("complete -c straddle -n __fish_use_subcommand -f -a ").append(c.name);
    out.append(" -d ").append(fish_quoted(c.help)).append("\n");
  }
  for (const Command& c : commands()) {
    const std::string when = "-n " + fish_quoted("__fish_seen_subcommand_from " + std::string(c.name));
    for (const Flag& f : flags()) {
      if (!takes(c, f)) continue;
      out.append("complete -c straddle ").append(when).append(" -l ").append(long_name(f).substr(2));
      if (!f.value.empty()) out += " -r";
      out.append(" -d ").append(fish_quoted(f.help)).append("\n");
    }
  }
  out += "complete -c straddle -n 'not __fish_use_subcommand' -a " +
         fish_quoted("(" + std::string(kModels) + ")");
  return out + "\n";
}

struct Page {
  std::string_view kind;
  std::string (*text)();
};
constexpr auto kPages = std::to_array<Page>({
    {"man", man_page},
    {"bash", bash_completion},
    {"zsh", zsh_completion},
    {"fish", fish_completion},
});

}  // namespace

Status manual(const Request& request) {
  for (const Page& page : kPages) {
    if (page.kind == request.words[0]) {
      say(page.text());
      return {};
    }
  }
  return fail(ErrorKind::usage, request.words[0], "is no page", "man, bash, zsh or fish");
}

}  // namespace straddle::cli
