// What counts in a chat, and the model that fits it: a change is made as a whole or not at all.
#include "cli/chat/chat.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

// What settings mean.
struct Meaning {
  options::Options options;
  conversation::AnswerRequest asked;
};

Result<Meaning> meaning_of(const Settings& settings, const options::Options& defaults) {
  auto options = TRY(options_of(settings, defaults));
  auto asked = TRY(answer_request_of(settings));
  return Meaning{std::move(options), std::move(asked)};
}

void take(Chat& chat, ChatModel loaded) {
  chat.model = std::move(loaded.model);
  chat.placed = std::move(loaded.placed);
}

// Two models rarely fit into memory together: the old one goes before the new one comes, and comes back
// where the new one does not load.
Status switch_model(Chat& chat, gguf::File file, const std::string& go_template,
                    const options::Options& options) {
  auto old_file = chat.model->file;
  auto warned = file.path() == old_file.path() ? chat.warned : std::vector<std::string>();
  chat.model.reset();
  auto loaded = load_model(std::move(file), chat.request, options, warned, go_template);
  if (loaded) {
    take(chat, std::move(*loaded));
    chat.warned = std::move(warned);
    chat.said_clamped = false;
    chat.used = 0;
    return {};
  }
  forget_interrupt();  // Ctrl-C was for the new one
  chat.used = 0;
  auto old =
      load_model(std::move(old_file), chat.request, chat.options, chat.warned, chat.own.go_template);
  if (!old) {
    chat.ended = true;
    return fail(old);
  }
  take(chat, std::move(*old));
  return fail(loaded);
}

Result<Meaning> lay_given_over(const Chat& chat, Opened& opened) {
  Session& session = opened.session;
  session.settings = laid_over(std::move(session.settings), chat.given);
  return meaning_of(laid_over(opened.own.settings, session.settings), chat.defaults);
}

void take(Chat& chat, Meaning meaning) {
  chat.as_answered = false;
  chat.options = std::move(meaning.options);
  chat.asked = std::move(meaning.asked);
}

void take(Chat& chat, Opened opened, Meaning meaning) {
  chat.session = std::move(opened.session);
  chat.own = std::move(opened.own);
  for (const std::string& line : opened.warnings) warn(line);
  take(chat, std::move(meaning));
}

}  // namespace

Settings settings_in_force(const Chat& chat) {
  return laid_over(chat.own.settings, chat.session.settings);
}
std::string system_in_force(const Chat& chat) { return settings_in_force(chat).system.value_or(""); }

Status begin(Chat& chat, Opened opened) {
  auto meaning = TRY(lay_given_over(chat, opened));
  auto loaded = TRY(load_model(std::move(opened.model), chat.request, meaning.options, chat.warned,
                               opened.own.go_template));
  take(chat, std::move(loaded));
  take(chat, std::move(opened), std::move(meaning));
  if (chat.asked.think.value_or(false)) warn_if_thoughtless(chat);
  return {};
}

Status change_session(Chat& chat, Opened opened) {
  auto meaning = TRY(lay_given_over(chat, opened));
  TRY(switch_model(chat, std::move(opened.model), opened.own.go_template, meaning.options));
  take(chat, std::move(opened), std::move(meaning));
  chat.forgotten = 0;
  chat.unanswered.clear();
  if (chat.asked.think.value_or(false)) warn_if_thoughtless(chat);
  return {};
}

Status change_settings(Chat& chat, const std::function<void(Settings&)>& change) {
  Settings settings = chat.session.settings;
  change(settings);
  auto meaning = TRY(meaning_of(laid_over(chat.own.settings, settings), chat.defaults));
  if (!conversation::same_loading(meaning.options, chat.options)) {
    auto ok = check_fits(*chat.model, chat.request, meaning.options);
    if (ok) ok = switch_model(chat, chat.model->file, chat.own.go_template, meaning.options);
    if (!ok) return ok;
    chat.forgotten = 0;  // the context may be larger now
  }
  chat.session.settings = std::move(settings);
  take(chat, std::move(meaning));
  change(chat.given);
  return {};
}

void warn_if_thoughtless(const Chat& chat) {
  if (!chat.model->conversation.can_think())
    warn("this model does not think aloud: nothing will change");
}

}  // namespace straddle::cli
