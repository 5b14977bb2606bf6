// /show: the model, and what was set.
#include "cli/show.h"
#include "cli/chat/slash.h"
#include "cli/chat/words.h"
#include "cli/output.h"

namespace straddle::cli::slash {
namespace {

Status say_or(const std::string& text, std::string_view none) {
  say(text.empty() ? std::string(none) + "\n" : terminal::safe_text(text) + "\n");
  return {};
}

std::string parameter_lines(const Chat& chat, std::string_view before) {
  std::string out;
  for (const auto& [name, value] : chat.session.settings.parameters)
    out.append(before).append(name).append(" ").append(in_quotes(value)).append("\n");
  return out;
}

// What is set by commands of its own.
std::string other_lines(const Settings& s) {
  std::string out;
  if (s.format && !s.format->empty()) out += "  /set format " + *s.format + "\n";
  if (s.think == "false") {
    out += "  /set nothink\n";
  } else if (s.think) {
    out += "  /set think" + (*s.think == "true" ? "" : " " + *s.think) + "\n";
  }
  return out;
}

std::string of_tokens(uint32_t count) { return std::to_string(count) + " tokens"; }

}  // namespace

Status show_info(Chat& chat, std::string_view) {
  cli::show(chat.model->file, {}, say);
  return {};
}

Status show_context(Chat& chat, std::string_view) {
  const engine::Engine& engine = chat.model->engine;
  const uint32_t used = chat.used;
  const uint32_t made_for = engine.blueprint().context;
  std::string out =
      std::to_string(used) + " of " + of_tokens(engine.context()) + " of context are used\n";
  if (used == 0 && !chat.session.messages.empty())
    out += "what was said is read again with the next message\n";
  if (chat.forgotten > 0)
    out += "the oldest " + std::to_string(chat.forgotten) + " messages are left out\n";
  if (engine.context() > made_for) out += "the model was made for " + of_tokens(made_for) + "\n";
  say(out);
  return {};
}

Status show_license(Chat& chat, std::string_view) {
  return say_or(chat.model->file.text("general.license"), "No license was specified for this model.");
}

Status show_system(Chat& chat, std::string_view) {
  return say_or(chat.session.settings.system.value_or(""),
                "No system message was specified for this model.");
}

Status show_template(Chat& chat, std::string_view) {
  return say_or(chat.model->chat_template.source(), "No prompt template was specified for this model.");
}

Status show_parameters(Chat& chat, std::string_view) {
  const std::string lines = parameter_lines(chat, "  ") + other_lines(chat.session.settings);
  return say_or(lines.empty() ? "" : "User defined parameters:\n" + lines,
                "No parameters were specified for this model.");
}

Status show_modelfile(Chat& chat, std::string_view) {
  const std::string system = chat.session.settings.system.value_or("");
  std::string out = "FROM " + chat.model->file.path() + "\n";
  out += "TEMPLATE \"\"\"" + chat.model->chat_template.source() + "\"\"\"\n";
  if (!system.empty()) out += "SYSTEM \"\"\"" + system + "\"\"\"\n";
  return say_or(out + parameter_lines(chat, "PARAMETER "), "");
}

}  // namespace straddle::cli::slash
