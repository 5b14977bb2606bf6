#include "cli/show.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "base/size_text.h"
#include "chat/chat.h"
#include "cli/columns.h"
#include "cli/model_settings.h"
#include "cli/number_text.h"
#include "cli/printable.h"
#include "cli/show_json.h"
#include "cli/summary.h"
#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

using gguf::MetadataValue;
using Row = std::vector<std::string>;

constexpr size_t kLongestText = 100;  // characters of a text value
constexpr size_t kArrayWidth = 10;    // characters of an array, at least one element

// As Ollama prints: behind an empty first column.
void print_section(const char* title, const std::vector<Row>& rows, const Put& put) {
  if (rows.empty()) return;
  put(std::string("  ") + title + "\n" + columns(rows, 4) + "\n");
}

std::string fixed(double value, int decimals) {
  char out[64];
  std::snprintf(out, sizeof(out), "%.*f", decimals, value);
  return out;
}

std::string format_mix(const Summary& summary) {
  std::string out;
  for (const FormatShare& share : summary.formats) {
    const double percent = 100.0 * double(share.bytes) / double(summary.bytes);
    out += (out.empty() ? "" : ", ") + std::string(quant::traits(share.format).name) + " " +
           fixed(percent, 1) + "%";
  }
  return out;
}

std::vector<Row> model_rows(const Summary& summary, const store::StoredModel* stored) {
  std::vector<Row> rows;
  const auto add = [&](const char* name, std::string value) {
    rows.push_back({name, std::move(value)});
  };
  if (summary.architecture) add("architecture", printable(*summary.architecture, kLongestText));
  if (summary.parameters) add("parameters", short_count(summary.parameters));
  if (summary.context_length) add("context length", std::to_string(*summary.context_length));
  if (summary.embedding_length) add("embedding length", std::to_string(*summary.embedding_length));
  if (summary.label) add("quantization", std::string(*summary.label));
  if (stored && !stored->config.needs_version.empty())
    add("requires", printable(stored->config.needs_version, kLongestText));
  return rows;
}

// What Ollama does not tell.
std::vector<Row> weight_rows(const Summary& summary) {
  std::vector<Row> rows;
  if (summary.formats.empty()) return rows;
  const auto add = [&](const char* name, std::string value) {
    rows.push_back({name, std::move(value)});
  };
  add("formats", format_mix(summary));
  add("bytes", std::to_string(summary.bytes) + " (" + short_bytes(summary.bytes) + ")");
  add("bits per weight", fixed(summary.bits_per_weight(), 2));
  for (const Unread& unread : summary.unread) {
    const char* name = &unread == &summary.unread.front() ? "not read" : "";
    add(name, std::string(unread.what) + ": " + printable(unread.first, kLongestText) +
                  (unread.tensors > 1 ? " and " + std::to_string(unread.tensors - 1) + " more" : "") +
                  ", " + short_bytes(unread.bytes));
  }
  return rows;
}

std::string shown(const MetadataValue& value);

std::string shown(const gguf::Array& array) {
  std::string out = "[";
  size_t width = 1;
  for (uint64_t i = 0; i < array.count; ++i) {
    const std::string item = shown(element(array, i));
    width += terminal::display_width(item) + (i > 0 ? 2 : 0);
    if (i > 0 && width > kArrayWidth) return out + " ...+" + std::to_string(array.count - i) + " more]";
    out += (i > 0 ? " " : "") + item;
  }
  return out + "]";
}

struct Shown {
  std::string operator()(uint64_t value) const { return std::to_string(value); }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::string_view value) const { return printable(value, kLongestText); }
  std::string operator()(const gguf::Array& value) const { return shown(value); }
  std::string operator()(double value) const {
    char out[64];
    std::snprintf(out, sizeof(out), "%g", value);
    return out;
  }
};

std::string shown(const MetadataValue& value) { return std::visit(Shown{}, value.data); }

std::vector<Row> metadata_rows(const gguf::File& file) {
  std::vector<Row> rows;
  for (const gguf::Entry& entry : file.entries())
    rows.push_back({printable(entry.key, kLongestText), shown(entry.value)});
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string shape_of(const gguf::Tensor& tensor) {
  std::string out = "[";
  for (uint32_t i = 0; i < tensor.n_dims; ++i) out += (i ? " " : "") + std::to_string(tensor.shape[i]);
  return out + "]";
}

std::vector<Row> tensor_rows(const gguf::File& file) {
  std::vector<Row> rows;
  for (const gguf::Tensor& tensor : file.tensors())
    rows.push_back(
        {printable(tensor.name), std::string(quant::traits(tensor.format).name), shape_of(tensor)});
  return rows;
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// A word for each thing that the model can do, as Ollama finds them out; not all of it can be done here.
std::vector<Row> capability_rows(const gguf::File& file, const store::StoredModel* stored) {
  const std::string architecture = file.text("general.architecture");
  const std::string source = template_of(file, stored);
  const bool of_go = stored && !stored->chat_template.empty();
  const bool embeds = file.find(architecture + ".pooling_type") != nullptr;
  const bool sees =
      (stored && !stored->projectors.empty()) || file.find(architecture + ".vision.block_count");
  std::vector<Row> rows;
  if (!architecture.empty()) rows.push_back({embeds ? "embedding" : "completion"});
  if (holds(source, of_go ? ".Tools" : "tools")) rows.push_back({"tools"});
  if (of_go && holds(source, ".Suffix")) rows.push_back({"insert"});
  if (sees) rows.push_back({"vision"});
  if (chat::thinks_aloud(source) || (of_go && holds(source, ".Think"))) rows.push_back({"thinking"});
  return rows;
}

// Empty where the file of the projector cannot be read.
std::vector<Row> projector_rows(const store::StoredModel* stored) {
  if (!stored || stored->projectors.empty()) return {};
  const auto file = gguf::File::open(stored->projectors[0], true);
  if (!file) return {};
  const Summary summary = summarise(*file);
  std::vector<Row> rows;
  if (summary.architecture)
    rows.push_back({"architecture", printable(*summary.architecture, kLongestText)});
  if (summary.parameters) rows.push_back({"parameters", short_count(summary.parameters)});
  const std::pair<const char*, const char*> keys[] = {
      {"embedding length", "clip.vision.embedding_length"},
      {"dimensions", "clip.vision.projection_dim"}};
  for (const auto& [title, key] : keys)
    if (const auto number = file->integer(key)) rows.push_back({title, std::to_string(*number)});
  return rows;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  for (size_t at = line.find_first_not_of(' '); at != line.npos; at = line.find_first_not_of(' ')) {
    line.remove_prefix(at);
    out.emplace_back(line.substr(0, line.find(' ')));
    line.remove_prefix(out.back().size());
  }
  return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<Row> parameter_rows(const store::StoredModel* stored) {
  if (!stored) return {};
  const std::string lines = parameter_lines(stored->parameters);
  std::vector<Row> rows;
  for (const std::string_view line : lines_of(lines)) rows.push_back(words_of(line));
  return rows;
}

// The first lines that are not empty, wrapped at words.
std::vector<Row> head_of(const std::string& text) {
  constexpr size_t kMostLines = 2, kColumns = 100;
  std::vector<Row> rows;
  size_t lines = 0;
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_of(printable(line));
    if (words.empty()) continue;
    if (++lines > kMostLines) break;
    rows.push_back({""});
    for (const std::string& word : words) {
      const size_t used = terminal::display_width(rows.back()[0]);
      if (used > 0 && used + 1 + terminal::display_width(word) > kColumns) rows.push_back({""});
      rows.back()[0] += (rows.back()[0].empty() ? "" : " ") + word;
    }
  }
  if (lines > kMostLines) rows.push_back({"..."});
  return rows;
}

void show_tables(const gguf::File& file, const ShowOptions& options, const Put& put) {
  const Summary summary = summarise(file);
  print_section("Model", model_rows(summary, options.stored), put);
  print_section("Capabilities", capability_rows(file, options.stored), put);
  print_section("Projector", projector_rows(options.stored), put);
  print_section("Parameters", parameter_rows(options.stored), put);
  if (options.metadata) print_section("Metadata", metadata_rows(file), put);
  if (options.tensors) print_section("Tensors", tensor_rows(file), put);
  if (options.stored) print_section("System", head_of(options.stored->system), put);
  print_section("License", head_of(license_of(file, options.stored)), put);
  print_section("Weights", weight_rows(summary), put);
}

void add_command(store::Modelfile& out, store::ModelfileWord word, const std::string& text,
                 const std::string& name = {}) {
  if (!text.empty()) out.commands.push_back({word, name, text});
}

}  // namespace

std::string template_of(const gguf::File& file, const store::StoredModel* stored) {
  const bool own = stored && !stored->chat_template.empty();
  return own ? stored->chat_template : file.text("tokenizer.chat_template");
}

std::string license_of(const gguf::File& file, const store::StoredModel* stored) {
  if (!stored) return file.text("general.license");
  std::string out;
  for (const std::string& text : stored->licenses) out += (out.empty() ? "" : "\n") + text;
  return out;
}

std::string modelfile_of(const gguf::File& file, const store::StoredModel* stored) {
  using store::ModelfileWord;
  const std::string name = stored ? stored->entry.name.shown() : file.path();
  store::Modelfile out;
  add_command(out, ModelfileWord::from, file.path());
  for (const std::string& path : stored ? stored->projectors : std::vector<std::string>())
    add_command(out, ModelfileWord::from, path);
  if (stored) {
    add_command(out, ModelfileWord::chat_template, stored->chat_template);
    add_command(out, ModelfileWord::system, stored->system);
    for (const auto& p : stored->parameters) add_command(out, ModelfileWord::parameter, p.value, p.name);
    for (const auto& text : stored->licenses) add_command(out, ModelfileWord::license, text);
    for (const auto& m : stored->messages) add_command(out, ModelfileWord::message, m.content, m.role);
  }
  return "# Modelfile generated by \"straddle show\"\n"
         "# To build a new Modelfile based on this, replace FROM with:\n# FROM " +
         name + "\n\n" + store::modelfile_text(out);
}

void show(const gguf::File& file, const ShowOptions& options, const Put& put) {
  if (options.json)
    show_json(file, options, put);
  else
    show_tables(file, options, put);
}

}  // namespace straddle::cli
