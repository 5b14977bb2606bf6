// /set: what counts from now on.
#include <algorithm>

#include "cli/chat/slash.h"
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
    "All of them: straddle help options\n";

// The first word of `rest`, which it is taken from. A word may stand in quotes, to hold blanks.
std::string take_word(std::string_view& rest) {
  constexpr std::string_view kBlanks = " \t";
  const size_t closing = rest.starts_with('"') ? rest.find('"', 1) : rest.npos;
  const bool quoted = closing != rest.npos;
  const size_t end = quoted ? closing + 1 : std::min(rest.find_first_of(kBlanks), rest.size());
  std::string word(quoted ? rest.substr(1, closing - 1) : rest.substr(0, end));
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  return word;
}

// Each word is a value where the option is a list. "" alone: none.
std::vector<std::string> values_of(const std::string& option, std::string_view rest) {
  const options::Row* row = options::find(option);
  if (!row || !options::is_list(*row)) return {std::string(rest)};
  std::vector<std::string> out;
  while (!rest.empty()) out.push_back(take_word(rest));
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

Status set_think(Chat& chat, std::string_view level, const std::string& mode) {
  if (auto ok = change_settings(chat, [&](Settings& s) { s.think = level; }); !ok) return ok;
  warn_if_thoughtless(chat);
  say("Set " + mode + ".\n");
  return {};
}

}  // namespace

Status set_parameter(Chat& chat, std::string_view rest) {
  const std::string name = take_word(rest);
  if (rest.empty()) {
    say(kCommonParameters);
    return {};
  }
  const auto values = values_of(name, rest);
  auto ok = change_settings(chat, [&](Settings& s) { cli::set_parameter(s, name, values); });
  if (!ok && !chat.model) return ok;
  say(ok ? "Set parameter '" + name + "' to '" + joined(values) + "'\n"
         : "Couldn't set parameter: " + one_line(in_words_of_chat(ok.error())) + "\n");
  return {};
}

Status set_system(Chat& chat, std::string_view rest) {
  if (auto ok = change_settings(chat, [&](Settings& s) { s.system = rest; }); !ok) return ok;
  say("Set system message.\n");
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
  if (chat.history) chat.history->enabled = true;
  return {};
}

Status set_no_history(Chat& chat, std::string_view) {
  if (chat.history) chat.history->enabled = false;
  return {};
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
