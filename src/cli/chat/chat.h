// The interactive chat: what is typed is a message or a command.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "cli/answer_printer.h"
#include "cli/chat/session.h"
#include "cli/load.h"
#include "cli/request.h"
#include "options/options.h"
#include "terminal/terminal.h"

namespace straddle::cli {

struct Chat {
  const Request& request;  // where models compute; what it sets is in `given`
  Settings given = {};     // in this chat, by flags or by /set: stays with another model or session
  Session session = {};    // what was set and said, with all of `given`, and what /save writes
  ModelSettings own = {};  // of the model: counts where the session says nothing
  options::Options defaults = {};          // of the environment
  options::Options options = {};           // with the session's parameters; the model is loaded so
  conversation::AnswerRequest asked = {};  // the session's thinking and format
  std::unique_ptr<conversation::LoadedModel> model = {};
  Placed placed = {};                    // where it is
  terminal::History* history = nullptr;  // none: not interactive
  PrintStyle style = {};
  bool verbose = false, ended = false;
  bool said_clamped = false;  // of this model: warn_if_clamped, once
  size_t forgotten = 0;       // messages at the beginning that the context has no room for
  uint32_t used = 0;          // tokens of the context that the messages take; 0: to be read again
  bool as_answered = false;   // nothing was set since the last answer
  std::vector<std::string> warned = {};  // of this model when it was loaded: each is said once
  std::string unanswered = {};           // what was said last, where it is not among the messages
};

// Talks until the user leaves.
Status talk(Chat& chat);

// Prints the answer to what a user says, and remembers both (answer.cpp). `ended` where nobody reads it.
Result<conversation::Ending> answer(Chat& chat, const std::string& text);

// The same message once more, in place of its answer (answer.cpp).
Status answer_again(Chat& chat);

// What was said before in a session that was loaded (answer.cpp).
void show_messages(const Chat& chat);

// ---- what counts, and the model behind it (change.cpp)

// What counts: the session's settings above those of the model.
Settings settings_in_force(const Chat& chat);
std::string system_in_force(const Chat& chat);  // empty: none

// At the start: loads the session's model, with what flags say laid over what was saved.
Status begin(Chat& chat, Opened opened);
// Another session, with its model; on failure everything stays as it was.
Status change_session(Chat& chat, Opened opened);
// Changes what is set, and loads the model anew where it must; on failure nothing is changed.
Status change_settings(Chat& chat, const std::function<void(Settings&)>& change);

// Says it where a model would not heed what was asked.
void warn_if_thoughtless(const Chat& chat);

// The rooms name options as the command line sets them; a chat has a command for it.
Error in_words_of_chat(Error error);

}  // namespace straddle::cli
