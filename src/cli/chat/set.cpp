// /set: what counts from now on.
#include <unistd.h>

#include <algorithm>

#include "cli/chat/slash.h"
#include "cli/chat/words.h"
#include "cli/output.h"
#include "cli/printable.h"

namespace straddle::cli::slash {
namespace {

constexpr std::string_view kCommonParameters =
    "Common parameters:\n"
    "  /set parameter seed <int>             Random number seed\n"
    "  /set parameter num_predict <int>      Max number of tokens to predict\n"
    "  /set parameter top_k <int>            Pick from top k num of tokens\n"
    "  /set parameter top_p <float>          Pick token based on sum of probabilities\n"
    "  /set parameter min_p <float>          Pick token based on top token probability * min_p\n"
    "  /set parameter num_ctx <int>          Set the context size\n"
    "  /set parameter temperature <float>    Set creativity level\n"
    "  /set parameter repeat_penalty <float> How strongly to penalize repetitions\n"
    "  /set parameter repeat_last_n <int>    Set how far back to look for repetitions\n"
    "  /set parameter num_thread <int>       Threads that compute\n"
    "  /set parameter stop <string> <string> ...   Set the stop parameters\n"
    "All of them, in a shell: straddle help options\n";

// Each word is a value where the option is a list. "" alone: none.
Result<std::vector<std::string>> values_of(const std::string& option, std::string_view rest) {
  const options::Row* row = options::find(option);
  std::vector<std::string> out;
  if (!row || !options::is_list(*row)) {
    out.emplace_back(rest);
    return out;
  }
  while (!rest.empty()) out.push_back(TRY(take_word(rest, option)));
  std::erase(out, "");
  return out;
}

std::string joined(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out.append(out.empty() ? "" : ", ").append(printable(value));
  return out;
}

Status set_mode(bool& mode, bool on, const char* name) {
  mode = on;
  say("Set '" + std::string(name) + "' mode.\n");
  return {};
}

Status say_unset(Error error) {
  error = in_words_of_chat(std::move(error));
  if (error.where == "/set parameter") error.where.clear();
  say(wrapped("Couldn't set parameter: " + one_line(error) + "\n", STDOUT_FILENO));
  return {};
}

Status set_think(Chat& chat, std::string_view level, const std::string& mode) {
  if (auto ok = change_settings(chat, [&](Settings& s) { s.think = level; }); !ok) return ok;
  warn_if_thoughtless(chat);
  say("Set " + mode + ".\n");
  return {};
}

}  // namespace

Status set_parameter(Chat& chat, std::string_view rest) {
  const std::string name = TRY(take_word(rest, "/set parameter"));
  if (rest.empty()) {
    say(kCommonParameters);
    return {};
  }
  const auto values = values_of(name, rest);
  if (!values) return say_unset(values.error());
  auto ok = change_settings(chat, [&](Settings& s) { cli::set_parameter(s, name, *values); });
  if (!ok) return chat.model ? say_unset(ok.error()) : ok;
  say("Set parameter '" + name + "' to '" + joined(*values) + "'\n");
  return {};
}

Status set_system(Chat& chat, std::string_view rest) {
  if (rest.empty()) {
    say("Usage:\n  /set system TEXT\n  /set system \"\"    Clear it\n");
    return {};
  }
  if (rest == "\"\"") rest = "";
  if (auto ok = change_settings(chat, [&](Settings& s) { s.system = rest; }); !ok) return ok;
  say(rest.empty() ? "Cleared system message.\n" : "Set system message.\n");
  return {};
}

Status set_thinking(Chat& chat, std::string_view rest) {
  TRY(check_thinking(rest, "/set think"));
  if (rest.empty() || rest == "true") return set_think(chat, "true", "'think' mode");
  return set_think(chat, rest, "'think' mode to '" + std::string(rest) + "'");
}

Status set_no_thinking(Chat& chat, std::string_view) {
  return set_think(chat, "false", "'nothink' mode");
}

Status set_format(Chat& chat, std::string_view rest) {
  TRY(check_format(rest, "/set format"));
  if (auto ok = change_settings(chat, [&](Settings& s) { s.format = rest; }); !ok) return ok;
  say("Set format to '" + std::string(rest) + "' mode.\n");
  return {};
}

Status set_no_format(Chat& chat, std::string_view) {
  if (auto ok = change_settings(chat, [](Settings& s) { s.format = ""; }); !ok) return ok;
  say("Disabled format.\n");
  return {};
}

Status set_history(Chat& chat, std::string_view) {
  return set_mode(chat.history->enabled, true, "history");
}

Status set_no_history(Chat& chat, std::string_view) {
  return set_mode(chat.history->enabled, false, "nohistory");
}

Status set_word_wrap(Chat& chat, std::string_view) {
  return set_mode(chat.style.word_wrap, true, "wordwrap");
}

Status set_no_word_wrap(Chat& chat, std::string_view) {
  return set_mode(chat.style.word_wrap, false, "nowordwrap");
}

Status set_verbose(Chat& chat, std::string_view) { return set_mode(chat.verbose, true, "verbose"); }
Status set_quiet(Chat& chat, std::string_view) { return set_mode(chat.verbose, false, "quiet"); }

}  // namespace straddle::cli::slash
