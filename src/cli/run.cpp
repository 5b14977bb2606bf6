// `straddle run`: a prompt in, an answer out; a chat where there is no prompt.
#include <unistd.h>

#include "cli/chat/chat.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/pull.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using conversation::Ending;

// Standard input stands before the words, one space between them. With words, a terminal is not read.
Result<std::string> read_prompt(const Request& request) {
  const bool has_words = request.words.size() > 1;
  const bool reads = !has_words || !terminal::is_terminal(STDIN_FILENO);
  const char* what = has_words ? "what comes before the words" : "the prompt";
  auto prompt = TRY(reads ? read_text("", what) : Result<std::string>(""));
  for (size_t i = 1; i < request.words.size(); ++i) {
    if (!prompt.empty()) prompt += ' ';
    prompt += request.words[i];
  }
  if (prompt.empty() && !request.raw) {
    return fail(ErrorKind::usage, "prompt", "there is none", "straddle run MODEL \"your words\"");
  }
  return prompt;
}

PrintStyle style_of(const Request& request) {
  return {.word_wrap = !request.no_word_wrap, .show_thinking = !request.hide_thinking};
}

// Without a model: which there are, and how to get more.
Status say_what_is_here() {
  TRY(list({}));
  say("\nTalk to one: straddle run NAME\n"
      "More: straddle pull NAME fetches one from its registry; any GGUF file works by its path,\n"
      "or by its name once it lies in " +
      store::models_folder() + ".\n");
  return {};
}

bool wants_to_talk(const Request& request) {
  return request.words.size() == 1 && !request.raw && terminal::is_terminal(STDIN_FILENO) &&
         terminal::is_terminal(STDOUT_FILENO);
}

Status answer_once(Chat& chat, std::string prompt) {
  auto ending = TRY(answer(chat, std::move(prompt)));
  if (ending == Ending::interrupted && interrupted()) return fail(ErrorKind::interrupted, "", "");
  return {};
}

// A model that is not here comes from its registry first.
Result<Opened> open_or_pull(const Request& request) {
  const std::string& name = request.words[0];
  auto opened = open_session_or_model(name);
  if (opened || !find_session(name).empty()) return opened;
  TRY(pull_absent(name, request.insecure, opened.error()));
  return open_session_or_model(name);
}

}  // namespace

Status run(const Request& request) {
  if (request.words.empty()) return say_what_is_here();
  auto given = TRY(settings_of(request));
  auto opened = TRY(open_or_pull(request));
  const bool talks = wants_to_talk(request);
  auto prompt = TRY(talks ? Result<std::string>("") : read_prompt(request));
  Chat chat{.request = request,
            .given = std::move(given),
            .defaults = default_options(),
            .style = style_of(request),
            .verbose = request.verbose};
  TRY(begin(chat, std::move(opened)));
  if (!talks) return answer_once(chat, std::move(prompt));
  const CleanEnd clean_end;
  return talk(chat);
}

}  // namespace straddle::cli
