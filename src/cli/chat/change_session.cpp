#include "cli/chat/chat.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

// Two models rarely fit into memory together: the old one goes before the new one comes, and comes back
// where the new one does not load.
Status switch_model(Chat& chat, const std::string& model, const options::Options& options) {
  auto file = store::open_model(model);
  if (!file) return fail(file);
  auto old_file = chat.model->file;
  chat.model.reset();
  auto loaded = load_model(std::move(*file), chat.request, options);
  if (loaded) {
    chat.model = std::move(*loaded);
    chat.said_clamped = false;
    chat.loaded_options = options;
    return {};
  }
  forget_interrupt();  // Ctrl-C was for the new one
  auto old = load_model(std::move(old_file), chat.request, chat.loaded_options);
  if (!old) {
    chat.ended = true;
    return fail(old);
  }
  chat.model = std::move(*old);
  return fail(loaded);
}

Result<options::Options> options_of(const Request& request, const Session& session) {
  auto options = read_options(request);
  if (!options) return options;
  for (const auto& [name, value] : session.parameters) {
    if (auto ok = options::set(*options, name, value); !ok) return fail(ok);
  }
  return options;
}

}  // namespace

Status change_session(Chat& chat, Session session) {
  auto options = options_of(chat.request, session);
  if (!options) return fail(options);
  if (auto ok = switch_model(chat, session.model, *options); !ok) return ok;
  chat.session = std::move(session);
  chat.options = std::move(*options);
  chat.forgotten = 0;
  return {};
}

Status apply_parameters(Chat& chat) {
  auto options = options_of(chat.request, chat.session);
  if (!options) return fail(options);
  chat.options = std::move(*options);
  return {};
}

Status reload_if_needed(Chat& chat) {
  if (conversation::same_loading(chat.options, chat.loaded_options)) return {};
  if (auto ok = switch_model(chat, chat.session.model, chat.options); !ok) return ok;
  chat.forgotten = 0;  // the context may be larger now
  return {};
}

}  // namespace straddle::cli
