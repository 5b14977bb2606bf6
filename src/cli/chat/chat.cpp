// Read, answer, print: the loop of a chat.
#include "cli/chat/chat.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <sstream>

#include "cli/chat/slash.h"
#include "cli/chat/words.h"
#include "cli/environment.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

using terminal::Typed;

constexpr std::string_view kQuotes = "\"\"\"";

// Where a message of more lines begins in a line: behind its opening quotes, at the front or where the
// text of a system message begins.
std::optional<size_t> opening(std::string_view line) {
  const std::string_view text = slash::behind(line, "/set system").value_or(line);
  if (!text.starts_with(kQuotes)) return std::nullopt;
  return line.size() - text.size() + kQuotes.size();
}

// Reads on to the closing quotes, which end a line.
Status read_to_closing(terminal::LineReader& reader, size_t open, Typed& typed) {
  while (!std::string_view(typed.text).substr(open).ends_with(kQuotes)) {
    auto more = TRY(reader.read({.first = "... ", .next = "... ", .placeholder = {}}));
    if (more.kind != Typed::Kind::message) {
      typed = {more.kind, "discarded"};
      return {};
    }
    typed.text += '\n' + more.text;
  }
  return {};
}

// The command in front of them stays.
std::string without_quotes(const std::string& text, size_t open) {
  return text.substr(0, open - kQuotes.size()) + text.substr(open, text.size() - open - kQuotes.size());
}

void remember(terminal::History& history, const std::string& typed) {
  if (auto ok = history.add(typed); !ok) warn(one_line(ok.error()));
}

bool begins_command(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.starts_with('/');
}

// What is typed in a row: a command, a message, or nothing.
Status respond(Chat& chat, terminal::LineReader& reader, Typed typed) {
  const auto open = opening(typed.text);
  if (open) {
    TRY(read_to_closing(reader, *open, typed));
    chat.ended = typed.kind == Typed::Kind::end;
    if (typed.kind != Typed::Kind::message) return {};
  }
  remember(*chat.history, typed.text);
  if (open) typed.text = without_quotes(typed.text, *open);
  const bool is_command = begins_command(typed.text) && (!open || *open > kQuotes.size());
  if (is_command) return slash::run(chat, typed.text);
  if (typed.text.find_first_not_of(" \t\r\n") == typed.text.npos) return {};
  auto ending = answer(chat, typed.text);
  return ending ? Status() : fail(ending);
}

// For want of memory a turn fails like any other: the chat is as it was before, and goes on.
Status try_to_respond(Chat& chat, terminal::LineReader& reader, Typed typed) {
  auto& messages = chat.session.messages;
  const size_t before = messages.size();
  try {
    return respond(chat, reader, std::move(typed));
  } catch (const std::bad_alloc&) {
    if (!chat.model) throw;  // the model went to make room for another
    if (messages.size() > before) messages.erase(messages.begin() + long(before), messages.end());
    return fail(ErrorKind::no_memory, "", "not enough memory for this", "the chat is as it was before");
  }
}

// Without its file a chat still has one, in memory.
terminal::History open_history() {
  const std::string folder = state_folder();
  auto history = terminal::History::open(folder.empty() ? folder : folder + "history");
  if (!history) {
    warn(one_line(history.error()));
    history = terminal::History::open("");
  }
  history->enabled = !is_on(straddle_or_ollama("NOHISTORY"));
  return std::move(*history);
}

// What Ctrl-G opens.
std::vector<std::string> editor() {
  for (const std::string& command :
       {straddle_or_ollama("EDITOR"), environment("VISUAL"), environment("EDITOR")}) {
    std::istringstream words(command);
    std::vector<std::string> out{std::istream_iterator<std::string>(words), {}};
    if (!out.empty()) return out;
  }
  return {"vi"};
}

terminal::LineReader::Options reader_options() {
  return {.term = environment("TERM"),
          .colour = terminal::colours(STDOUT_FILENO),
          .editor = editor(),
          .complete = slash::completions};
}

}  // namespace

Status talk(Chat& chat) {
  auto history = open_history();
  chat.history = &history;
  terminal::LineReader reader(reader_options(), &history);
  show_messages(chat);
  while (!chat.ended && !asked_to_leave()) {
    forget_interrupt();  // before: Ctrl-C right behind Enter is for the answer
    auto typed = TRY(reader.read({.placeholder = "Send a message (/? for help)"}));
    if (typed.kind == Typed::Kind::end) return {};
    if (typed.kind == Typed::Kind::interrupted) {
      if (typed.text.empty()) say("\nUse Ctrl + d or /bye to exit.\n");
      continue;
    }
    auto ok = try_to_respond(chat, reader, std::move(typed));
    if (!ok && !chat.model) return ok;
    if (!ok) say_error(in_words_of_chat(ok.error()));
  }
  return {};
}

namespace {

// Of the request that would fit: flags of run that a chat can set.
void set_in_chat(std::string& hint) {
  constexpr std::pair<std::string_view, std::string_view> kParameters[] = {
      {" --ctx ", " num_ctx "}, {" --kv ", " kv_type "}, {" -ngl ", " num_gpu "}};
  for (const auto& [flag, parameter] : kParameters)
    if (const size_t at = hint.find(flag); at != hint.npos)
      hint.replace(at, flag.size(), " /set parameter" + std::string(parameter));
}

}  // namespace

Error in_words_of_chat(Error error) {
  constexpr std::string_view kSet = "--set", kCommand = "/set parameter";
  if (error.where == kSet) error.where = kCommand;
  if (error.hint.starts_with("--raw")) error.hint.clear();  // no chat has it
  if (error.hint.starts_with("straddle help options"))
    error.hint = "/set parameter lists the usual ones";
  if (error.kind == ErrorKind::no_memory) set_in_chat(error.hint);
  const size_t at = error.hint.find(kSet);
  if (at == error.hint.npos) return error;
  error.hint.replace(at, kSet.size(), kCommand);
  if (const size_t equals = error.hint.find('=', at); equals != error.hint.npos)
    error.hint[equals] = ' ';
  return error;
}

}  // namespace straddle::cli
