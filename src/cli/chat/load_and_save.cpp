// /load, /save and /sessions.
#include <algorithm>

#include "cli/chat/slash.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli::slash {
namespace {

Status say_usage(std::string_view words) {
  say("Usage:\n  " + std::string(words) + "\n");
  return {};
}

bool is_model(std::string_view name) {
  const auto models = store::list_models();
  return std::any_of(models.begin(), models.end(), [&](const auto& m) { return m.name == name; });
}

// Of what a saved session is, a line; what another program put there has none.
std::string summary_of(const std::string& name) {
  const auto session = load_session(find_session(name));
  if (!session) return "no session that /save wrote";
  return std::to_string(session->messages.size()) + " messages, " + printable(session->model);
}

}  // namespace

Status load(Chat& chat, std::string_view rest) {
  if (rest.empty()) return say_usage("/load SESSION|MODEL");
  const std::string name(rest), path = find_session(name);
  auto session = TRY(path.empty() ? Result<Session>(Session{.model = name}) : load_session(path));
  if (path.empty() && !store::find_model(name)) {
    say("Couldn't find model '" + printable(name) + "'\n");
    return {};
  }
  say("Loading '" + printable(name) + "'\n");
  // The system message of a session belongs to what was said in it.
  auto ours = path.empty() ? chat.given.system : std::exchange(chat.given.system, std::nullopt);
  auto ok = change_session(chat, std::move(session));
  if (!ok) chat.given.system = std::move(ours);
  if (!ok) return ok;
  show_messages(chat);
  return {};
}

Status save(Chat& chat, std::string_view rest) {
  if (rest.empty()) return say_usage("/save SESSION");
  if (is_model(rest)) {
    return fail(ErrorKind::usage, "/save", "'" + printable(rest) + "' is a model's name",
                "another name");
  }
  auto path = TRY(save_session(chat.session, std::string(rest)));
  say("Created new session '" + printable(rest) + "' (" + path + ")\n");
  return {};
}

Status list_sessions(Chat&, std::string_view) {
  const auto names = saved_sessions();
  if (names.empty()) say("No session was saved yet: /save SESSION\n");
  size_t width = 0;
  for (const std::string& name : names)
    width = std::max(width, terminal::display_width(printable(name)));
  for (const std::string& name : names) {
    const std::string shown = printable(name);
    say(shown + std::string(width + 4 - terminal::display_width(shown), ' ') + summary_of(name) + "\n");
  }
  return {};
}

Status remove_session(Chat&, std::string_view rest) {
  if (rest.empty()) return say_usage("/sessions delete SESSION");
  TRY(delete_session(std::string(rest)));
  say("Deleted session '" + printable(rest) + "'\n");
  return {};
}

}  // namespace straddle::cli::slash
