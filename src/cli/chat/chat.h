// The interactive chat: what is typed is a message or a command.
#pragma once
#include <memory>
#include <string_view>

#include "cli/answer_printer.h"
#include "cli/chat/session.h"
#include "cli/load.h"
#include "cli/request.h"
#include "options/options.h"
#include "terminal/terminal.h"

namespace straddle::cli {

struct Chat {
  const Request& request;
  Session session;
  options::Options options = {};         // with the session's parameters
  options::Options loaded_options = {};  // with which the model was loaded
  std::unique_ptr<conversation::LoadedModel> model = {};
  terminal::History* history = nullptr;  // none: not interactive
  conversation::Ask ask = {};
  PrintStyle style = {};
  bool verbose = false, ended = false;
  bool said_clamped = false;  // of this model: warn_if_clamped, once
  size_t forgotten = 0;       // messages at the beginning that the context has no room for
};

// Talks until the user leaves.
Status talk(Chat& chat);

// Prints the answer to what a user says, and remembers both (answer.cpp). `ended` where nobody reads it.
Result<conversation::Ending> answer(Chat& chat, const std::string& text);

// What was said before in a session that was loaded (answer.cpp).
void show_messages(const Chat& chat);

// ---- commands (slash.cpp)

// "/name words": does it. An error is for the user to read, the chat goes on.
Status run_slash(Chat& chat, std::string_view line);

// ---- the model behind the chat (change_session.cpp)

// Another session, with its model; on failure everything stays as it was.
Status change_session(Chat& chat, Session session);
// Reads options anew from request and session.
Status apply_parameters(Chat& chat);
// Loads the model anew where an option of loading was changed since.
Status reload_if_needed(Chat& chat);

}  // namespace straddle::cli
