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

std::string lines_of(const Parameters& parameters, std::string_view before) {
  std::string out;
  for (const auto& [name, value] : parameters)
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
  const std::string& own = chat.own.license;
  return say_or(own.empty() ? chat.model->file.text("general.license") : own,
                "No license was specified for this model.");
}

Status show_system(Chat& chat, std::string_view) {
  return say_or(system_in_force(chat), "No system message was specified for this model.");
}

Status show_template(Chat& chat, std::string_view) {
  return say_or(chat.model->chat_template.source(), "No prompt template was specified for this model.");
}

Status show_parameters(Chat& chat, std::string_view) {
  const Settings& set = chat.session.settings;
  const std::string of_model = lines_of(chat.own.settings.parameters, "  ");
  const std::string lines = lines_of(set.parameters, "  ") + other_lines(set);
  const std::string between = of_model.empty() || lines.empty() ? "" : "\n";
  return say_or((of_model.empty() ? "" : "Model defined parameters:\n" + of_model) + between +
                    (lines.empty() ? "" : "User defined parameters:\n" + lines),
                "No parameters were specified for this model.");
}

Status show_modelfile(Chat& chat, std::string_view) {
  const std::string system = system_in_force(chat);
  std::string out = "FROM " + chat.model->file.path() + "\n";
  out += "TEMPLATE \"\"\"" + chat.model->chat_template.source() + "\"\"\"\n";
  if (!system.empty()) out += "SYSTEM \"\"\"" + system + "\"\"\"\n";
  return say_or(out + lines_of(settings_in_force(chat).parameters, "PARAMETER "), "");
}

}  // namespace straddle::cli::slash
