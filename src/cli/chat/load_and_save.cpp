// /load, /save and /sessions.
#include <unistd.h>

#include <algorithm>

#include "cli/chat/slash.h"
#include "cli/chat/words.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli::slash {
namespace {

Status say_usage(std::string_view words) {
  say("Usage:\n  " + std::string(words) + "\n");
  return {};
}

bool is_model(const std::string& name) {
  const auto models = store::list_models();
  return store::find_entry(name) ||
         std::any_of(models.begin(), models.end(), [&](const auto& m) { return m.name == name; });
}

Status say_not_found(const std::string& name, Error why) {
  why.where.clear();
  say(wrapped("Couldn't find model '" + printable(name) + "': " + one_line(why) + "\n", STDOUT_FILENO));
  return {};
}

// Of what a saved session is, a line; what another program put there has none.
std::string summary_of(const std::string& name) {
  const auto session = load_session(find_session(name));
  if (!session) return "no session that /save wrote";
  return std::to_string(session->messages.size()) + " messages, " + printable(session->model);
}

}  // namespace

Status load(Chat& chat, std::string_view rest) {
  const auto name = TRY(whole_word(rest, "/load"));
  if (name.empty()) return say_usage("/load SESSION|MODEL");
  const bool of_model = find_session(name).empty();
  auto opened = open_session_or_model(name);
  if (!opened && of_model && opened.error().kind == ErrorKind::not_found)
    return say_not_found(name, opened.error());
  if (!opened) return fail(opened);
  say("Loading '" + printable(name) + "'\n");
  // The system message of a session belongs to what was said in it; a model keeps the chat's.
  if (of_model) opened->session.settings.system = chat.session.settings.system;
  auto ours = of_model ? chat.given.system : std::exchange(chat.given.system, std::nullopt);
  auto ok = change_session(chat, std::move(*opened));
  if (!ok) chat.given.system = std::move(ours);
  if (!ok) return ok;
  show_messages(chat);
  return {};
}

Status save(Chat& chat, std::string_view rest) {
  const auto name = TRY(whole_word(rest, "/save"));
  if (name.empty()) return say_usage("/save SESSION");
  if (is_model(name)) {
    return fail(ErrorKind::usage, "/save", "'" + printable(name) + "' is a model's name",
                "another name");
  }
  const bool replaces = !find_session(name).empty();
  Session kept = chat.session;
  kept.settings.system = system_in_force(chat);
  auto path = TRY(save_session(kept, name));
  say((replaces ? "Replaced session '" : "Created new session '") + printable(name) + "' (" + path +
      ")\n");
  return {};
}

Status list_sessions(Chat&, std::string_view) {
  const auto names = saved_sessions();
  if (names.empty()) say("No session was saved yet: /save SESSION\n");
  size_t width = 0;
  for (const std::string& name : names)
    width = std::max(width, terminal::display_width(printable(name)));
  for (const std::string& name : names) {
    say(padded(printable(name), width + 4) + summary_of(name) + "\n");
  }
  return {};
}

Status remove_session(Chat&, std::string_view rest) {
  const auto name = TRY(whole_word(rest, "/sessions delete"));
  if (name.empty()) return say_usage("/sessions delete SESSION");
  TRY(delete_session(name));
  say("Deleted session '" + printable(name) + "'\n");
  return {};
}

}  // namespace straddle::cli::slash
