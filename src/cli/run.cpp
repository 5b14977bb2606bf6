// `straddle run`: a prompt in, an answer out; a chat where there is no prompt.
#include <unistd.h>

#include "cli/chat/ask.h"
#include "cli/chat/chat.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/output.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using conversation::Ask;
using conversation::Ending;

// Standard input stands before the words, one space between them. With words, a terminal is not read.
Result<std::string> read_prompt(const Request& request) {
  const bool has_words = request.words.size() > 1;
  const bool reads = !has_words || !terminal::is_terminal(STDIN_FILENO);
  const char* what = has_words ? "what comes before the words" : "the prompt";
  auto prompt = reads ? read_text("", what) : Result<std::string>("");
  if (!prompt) return fail(prompt);
  for (size_t i = 1; i < request.words.size(); ++i) {
    if (!prompt->empty()) *prompt += ' ';
    *prompt += request.words[i];
  }
  if (prompt->empty() && !request.raw) {
    return fail(ErrorKind::usage, "prompt", "there is none", "straddle run MODEL \"your words\"");
  }
  return prompt;
}

// Without the flags a model thinks as it likes, and answers in any form.
Result<Ask> read_ask(const Request& request) {
  Ask ask;
  Status ok;
  if (!request.think.empty()) ok = set_thinking(ask, request.think, "--think");
  if (ok && !request.format.empty()) ok = set_format(ask, request.format, "--format");
  if (!ok) return fail(ok);
  return ask;
}

PrintStyle style_of(const Request& request) {
  return {.word_wrap = !request.no_word_wrap, .show_thinking = !request.hide_thinking};
}

// A name may be that of a saved session. What the command line says goes before what was saved.
Result<Session> first_session(const Request& request) {
  const std::string path = find_session(request.words[0]);
  auto session = path.empty() ? Result<Session>(Session{.model = request.words[0]}) : load_session(path);
  if (!session) return session;
  if (!request.system.empty()) session->system = request.system;
  std::erase_if(session->parameters, [&](const auto& p) { return is_given(request, p.first); });
  return session;
}

// Without a model: which there are, and how to get more.
Status say_what_is_here() {
  if (auto ok = list({}); !ok) return ok;
  say("\nTalk to one: straddle run NAME\n"
      "More: any GGUF file works by its path, or by its name once it lies in " +
      store::models_folder() +
      ";\ntools/get_model in a clone of straddle fetches small ones by name.\n");
  return {};
}

bool wants_to_talk(const Request& request) {
  return request.words.size() == 1 && !request.raw && terminal::is_terminal(STDIN_FILENO) &&
         terminal::is_terminal(STDOUT_FILENO);
}

Status answer_once(Chat& chat, std::string prompt) {
  auto ending = answer(chat, std::move(prompt));
  if (!ending) return fail(ending);
  if (*ending == Ending::interrupted && interrupted()) return fail(ErrorKind::interrupted, "", "");
  return {};
}

Status open(Chat& chat, gguf::File file) {
  auto model = load_model(std::move(file), chat.request, chat.options);
  if (!model) return fail(model);
  chat.model = std::move(*model);
  chat.loaded_options = chat.options;
  return {};
}

}  // namespace

Status run(const Request& request) {
  if (request.words.empty()) return say_what_is_here();
  auto session = first_session(request);
  if (!session) return fail(session);
  auto ask = read_ask(request);
  if (!ask) return fail(ask);
  auto file = store::open_model(session->model);
  if (!file) return fail(file);
  const bool talks = wants_to_talk(request);
  auto prompt = talks ? Result<std::string>("") : read_prompt(request);
  if (!prompt) return fail(prompt);
  Chat chat{.request = request,
            .session = std::move(*session),
            .ask = *ask,
            .style = style_of(request),
            .verbose = request.verbose};
  if (auto ok = apply_parameters(chat); !ok) return ok;
  if (auto ok = open(chat, std::move(*file)); !ok) return ok;
  if (chat.ask.think.value_or(false)) warn_if_thoughtless(chat.model->conversation);
  if (!talks) return answer_once(chat, std::move(*prompt));
  const CleanEnd clean_end;
  return talk(chat);
}

}  // namespace straddle::cli
