// A program to type to: prints every message as a quoted string. `--wait SECONDS`: lets time pass behind
// each, as an answer would, under a spinner.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "terminal/terminal.h"

using namespace straddle;
using namespace straddle::terminal;

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else
      out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out + "\"";
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string said(const Typed& typed) {
  static constexpr const char* kNames[] = {"line", "interrupted", "end"};
  const std::string size =
      typed.text.size() > 4000 ? std::to_string(typed.text.size()) + " bytes" : quoted(typed.text);
  return std::string(kNames[int(typed.kind)]) + " " + size + "\n";
}

std::vector<std::string> offered(std::string_view before) {
  std::vector<std::string> out;
  for (const char* text : {"/set", "/show info", "/show licence", "/show list", "日本語 です"})
    if (!before.empty() && std::string_view(text).starts_with(before)) out.emplace_back(text);
  return out;
}

void remember(const Typed& typed, History& history) {
  if (typed.kind != Typed::Kind::message || !is_terminal(0)) return;
  const auto added = history.add(typed.text);
  if (!added) std::printf("Warning: %s\n", one_line(added.error()).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned pause =
      argc > 2 && std::strcmp(argv[1], "--wait") == 0 ? unsigned(std::atoi(argv[2])) : 0;
  auto history = History::open(variable("HISTORY"));
  if (!history) return std::fprintf(stderr, "%s\n", one_line(history.error()).c_str()), 1;
  LineReader::Options options{0, 1, variable("TERM"), colours(1), {}, offered};
  if (!variable("EDITOR").empty()) options.editor = {variable("EDITOR")};
  LineReader reader(options, &*history);
  const PromptSign sign{">>> ", "... ", "Send a message"};
  for (;;) {
    const auto typed = reader.read(sign);
    if (!typed) return std::fprintf(stderr, "%s\n", one_line(typed.error()).c_str()), 1;
    remember(*typed, *history);
    std::fputs(said(*typed).c_str(), stdout);
    if (std::fflush(stdout) != 0 || typed->kind == Typed::Kind::end) return 0;
    if (pause == 0) continue;
    const Spinner spinner("thinking");
    ::sleep(pause);
  }
}
