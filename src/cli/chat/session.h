// What a chat is made of, as it can be saved and loaded: a small JSON file.
#pragma once
#include <string>
#include <vector>

#include "cli/model_settings.h"

namespace straddle::cli {

struct Session {
  std::string model;  // as the user named it
  Settings settings = {};
  std::vector<conversation::Message> messages = {};  // user and assistant, in turn
};

// Saved sessions: $XDG_DATA_HOME/straddle/sessions, else ~/.local/share/straddle/sessions; empty: no
// HOME.
std::string sessions_folder();
// A path of a .json file that exists, or the name of a saved session; empty where there is none.
std::string find_session(const std::string& name);

// What a person may load: a session that was saved, else a new one of the model of this name. With its
// model, opened. Where there is neither, the error is that of the model, but may name a session.
struct Opened {
  Session session;
  gguf::File model;
  ModelSettings own = {};  // of the model
  std::vector<std::string> warnings = {};
};
Result<Opened> open_session_or_model(const std::string& name);

// name: a path that ends in .json, or a name for the folder. Returns the path. A file that is no session
// is never replaced.
Result<std::string> save_session(const Session& session, const std::string& name);
Result<Session> load_session(const std::string& path);

std::vector<std::string> saved_sessions();  // their names, in order
Status delete_session(const std::string& name);

}  // namespace straddle::cli
