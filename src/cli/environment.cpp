#include "cli/environment.h"

#include "base/environment.h"

namespace straddle::cli {
namespace {

std::string folder(const std::string& xdg, const char* below_home) {
  const std::string base = environment(xdg);
  if (!base.empty()) return base + "/straddle/";
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + below_home + "/straddle/";
}

constexpr Variable kVariables[] = {
    {"STRADDLE_MODELS, OLLAMA_MODELS", "Where models are, in place of what Ollama uses and our own."},
    {"STRADDLE_SHARE", "The folder of what comes with the program, such as its small model."},
    {"STRADDLE_OFFLINE", "1: run fetches no model that is not here."},
    {"STRADDLE_PULL_PATIENCE", "Seconds that pull and push wait for a silent server (30)."},
    {"HF_TOKEN", "A token for models of hf.co that ask for one; sent there and to nobody else."},
    {"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "Through what models are fetched; small letters too."},
    {"SSL_CERT_FILE, SSL_CERT_DIR", "Certificates to trust in place of the system's."},
    {"STRADDLE_ISA", "As --isa."},
    {"OLLAMA_NOHISTORY", "1: what is typed in a chat is not kept."},
    {"OLLAMA_EDITOR, VISUAL, EDITOR", "What Ctrl-G opens, the first that is set."},
    {"NO_COLOR", "Set to anything: no colours."},
    {"TERM", "dumb: no colours, no progress that is rewritten in place, no word wrap."},
    {"XDG_DATA_HOME", "In place of ~/.local/share."},
    {"XDG_STATE_HOME", "In place of ~/.local/state."},
    {"XDG_CACHE_HOME", "In place of ~/.cache."},
    {"HOME", "The folder that ~ means."},
    {"TMPDIR", "Where Ctrl-G keeps the message while it is edited."},
    {"STRADDLE_...", "Each OLLAMA_ variable may be called STRADDLE_, which wins."},
};

}  // namespace

std::span<const Variable> variables() { return kVariables; }

bool is_on(const std::string& value) {
  return !value.empty() && value != "0" && value != "f" && value != "F" && value != "false" &&
         value != "FALSE" && value != "False";
}

std::string data_folder() { return folder("XDG_DATA_HOME", "/.local/share"); }
std::string state_folder() { return folder("XDG_STATE_HOME", "/.local/state"); }
std::string cache_folder() { return folder("XDG_CACHE_HOME", "/.cache"); }

}  // namespace straddle::cli
