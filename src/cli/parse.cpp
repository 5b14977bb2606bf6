// The command line by CLI11, from the tables. The only file that includes it: it costs seconds to
// compile.
#include <CLI/CLI.hpp>

#include "cli/complete.h"
#include "cli/help.h"
#include "cli/request.h"

namespace straddle::cli {
namespace {

// CLI11 tears "[a,b]" apart and loses empty words: such words carry a mark through it.
constexpr char kMark = '\x01';

std::string marked(std::string word) {
  const bool needs = word.empty() || word[0] == '[' || word[0] == kMark;
  return needs ? kMark + word : word;
}

void unmark(std::string& word) {
  if (!word.empty() && word[0] == kMark) word.erase(0, 1);
}

// How each type of member takes its value; help is made elsewhere, from the tables.
struct AddFlag {
  CLI::App& app;
  std::string name;
  bool value_may_be_missing;  // "--think" or "--think=LEVEL", so that it does not swallow the prompt
  Request& request;

  void operator()(bool Request::*m) const { app.add_flag(name, request.*m); }
  void operator()(int64_t Request::*m) const {
    app.add_option(name, request.*m)->check(CLI::Range(int64_t(0), int64_t(2147483647)));
  }
  void operator()(std::string Request::*m) const {
    if (value_may_be_missing)
      app.add_flag(name, request.*m);
    else
      app.add_option(name, request.*m);
  }
  void operator()(std::vector<std::string> Request::*m) const {
    app.add_option(name, request.*m)->allow_extra_args(false)->take_all();
  }
};

void add_command(CLI::App& app, const Command& command, Request& request) {
  CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.help));
  if (command.most > 0) {
    sub->add_option("WORDS", request.words)->expected(0, int(std::min<size_t>(command.most, 1u << 20)));
  }
  for (const Flag& flag : flags()) {
    const bool optional = flag.value.starts_with("[=");
    if (takes(command, flag))
      std::visit(AddFlag{*sub, std::string(flag.name), optional, request}, flag.member);
  }
}

const Command* find_command(std::string_view name) {
  const auto all = commands();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Command& c) { return c.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Status check_words(const Command& command, const Request& request) {
  if (request.words.size() >= command.least) return {};
  return fail(ErrorKind::usage, std::string(command.name), "words are missing",
              "straddle " + std::string(command.name) + " " + std::string(command.words));
}

// One line that names the wrong word: CLI11's own is one already, but for its line breaks.
Error usage_error(const CLI::ParseError& error) {
  std::string what = error.what();
  for (char& c : what) c = c == '\n' ? ' ' : c;
  return {ErrorKind::usage, "", what, "straddle --help"};
}

// "help COMMAND" is "COMMAND --help"; "help" alone is --help.
void rewrite_help(std::vector<std::string>& words) {
  if (words.empty() || words[0] != "help") return;
  words.erase(words.begin());
  words.resize(std::min<size_t>(words.size(), 1));
  words.emplace_back("--help");
}

}  // namespace

Result<Parsed> parse(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (words.size() == 2 && words[0] == "help" && words[1] == "options")
    return Parsed{nullptr, {}, options_help()};
  if (!words.empty() && words[0] == "__complete")
    return Parsed{nullptr, {}, completion_lines(std::span(words).subspan(1))};
  rewrite_help(words);
  if (words.empty()) words.emplace_back("--help");
  if (words[0] == "-v" || words[0] == "--version") words[0] = "version";
  if (words[0] == "ls") words[0] = "list";
  if (words[0][0] != '-' && !find_command(words[0])) {
    return fail(ErrorKind::usage, "", "unknown command '" + words[0] + "'",
                "straddle --help lists them");
  }
  for (std::string& word : words) word = marked(std::move(word));

  Parsed parsed;
  CLI::App app("Runs a large language model on the machine that you own.", "straddle");
  app.require_subcommand(1);
  for (const Command& command : commands()) add_command(app, command, parsed.request);
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes the words from the back
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    for (const CLI::App* sub : app.get_subcommands({})) {
      if (sub->parsed()) return Parsed{nullptr, {}, command_help(*find_command(sub->get_name()))};
    }
    return Parsed{nullptr, {}, program_help()};
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(usage_error(error));
  }
  for (std::string& word : parsed.request.words) unmark(word);
  for (std::string& word : parsed.request.settings) unmark(word);
  for (std::string* word : {&parsed.request.split, &parsed.request.tokens, &parsed.request.system})
    unmark(*word);
  parsed.command = find_command(app.get_subcommands().at(0)->get_name());
  if (auto ok = check_words(*parsed.command, parsed.request); !ok) return fail(ok);
  return parsed;
}

}  // namespace straddle::cli
