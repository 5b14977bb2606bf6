// `straddle show`: a model of a store, or a file.
#include "cli/commands.h"
#include "cli/model_settings.h"
#include "cli/output.h"
#include "cli/show.h"

namespace straddle::cli {
namespace {

using Text = std::string (*)(const gguf::File&, const store::StoredModel*);

std::string with_line_end(std::string text) { return text + "\n"; }

std::string parameters_of(const store::StoredModel* stored) {
  std::string out = stored ? parameter_lines(stored->parameters) : "";
  if (!out.empty()) out.pop_back();
  return out;
}

// Flags that print one text of the model and nothing else; the ends of lines are Ollama's.
struct TextFlag {
  bool Request::*asked;
  Text text;
};
constexpr TextFlag kTextFlags[] = {
    {&Request::shows_license,
     [](const gguf::File& file, const store::StoredModel* stored) {
       return with_line_end(license_of(file, stored));
     }},
    {&Request::shows_modelfile,
     [](const gguf::File& file, const store::StoredModel* stored) {
       return with_line_end(modelfile_of(file, stored));
     }},
    {&Request::shows_parameters,
     [](const gguf::File&, const store::StoredModel* stored) {
       return with_line_end(parameters_of(stored));
     }},
    {&Request::shows_system,
     [](const gguf::File&, const store::StoredModel* stored) {
       return stored ? stored->system : std::string();
     }},
    {&Request::shows_template, template_of},
};

}  // namespace

Status show_model(const Request& request) {
  const TextFlag* asked = nullptr;
  for (const TextFlag& flag : kTextFlags) {
    if (!(request.*flag.asked)) continue;
    if (asked)
      return fail(
          ErrorKind::usage, "show",
          "only one of --license, --modelfile, --parameters, --system and --template can be given");
    asked = &flag;
  }
  const auto found = TRY(store::find_model(request.words[0]));
  const auto file = TRY(gguf::File::open(found.path, true));
  const store::StoredModel* stored = found.stored ? &*found.stored : nullptr;
  if (asked) {
    say(asked->text(file, stored));
    return {};
  }
  show(file,
       {.stored = stored,
        .tensors = request.tensors || (request.verbose && !request.json),
        .metadata = request.verbose,
        .json = request.json},
       say);
  return {};
}

}  // namespace straddle::cli
