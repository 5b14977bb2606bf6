#include "cli/model_settings.h"

#include "cli/printable.h"

namespace straddle::cli {
namespace {

constexpr size_t kNameColumns = 30;

// How many layers go to a card was said of the machine that the model was made on.
bool is_of_another_machine(std::string_view name) { return name == "num_gpu"; }

void take_parameters(const store::StoredModel& model, Settings& settings,
                     std::vector<std::string>& warnings) {
  std::string unknown;
  for (const store::ModelParameter& p : model.parameters) {
    options::Options unused;
    if (!options::find(p.name) || is_of_another_machine(p.name))
      unknown.append(unknown.empty() ? "" : ", ").append(printable(p.name));
    else if (auto ok = options::set(unused, p.name, p.value); !ok)
      warnings.push_back("of the model's parameters: " + one_line(ok.error()) + ": it is left out");
    else
      settings.parameters.emplace_back(p.name, p.value);
  }
  if (!unknown.empty()) warnings.push_back("the model sets what is no option here: " + unknown);
}

// A system message in front takes the place of the other one, as with Ollama; there is only one.
void take_messages(const store::StoredModel& model, ModelSettings& out,
                   std::vector<std::string>& warnings) {
  bool left_out = false;
  for (const store::ModelMessage& m : model.messages) {
    const bool system = m.role == "system", first = &m == &model.messages.front();
    if (system && first) out.settings.system = m.content;
    left_out = left_out || (system && !first);
    if (!system) out.messages.push_back({m.role, m.content});
  }
  if (left_out) warnings.push_back("the model's messages hold a later system message: it is left out");
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return printable(out) + '"';
}

}  // namespace

ModelSettings settings_of_model(const store::FoundModel& model, std::vector<std::string>& warnings) {
  ModelSettings out;
  if (!model.stored) return out;
  if (!model.stored->system.empty()) out.settings.system = model.stored->system;
  out.go_template = model.stored->chat_template;
  for (const std::string& text : model.stored->licenses)
    out.license += (out.license.empty() ? "" : "\n") + text;
  take_parameters(*model.stored, out.settings, warnings);
  take_messages(*model.stored, out, warnings);
  return out;
}

std::string parameter_lines(const std::vector<store::ModelParameter>& parameters) {
  std::string out;
  for (const store::ModelParameter& p : parameters) {
    out += padded(printable(p.name), kNameColumns) + " " + (p.is_text ? in_quotes(p.value) : p.value) +
           "\n";
  }
  return out;
}

}  // namespace straddle::cli
