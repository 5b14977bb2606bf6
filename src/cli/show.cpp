#include "cli/show.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

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

std::vector<size_t> widths_of(const std::vector<Row>& rows) {
  std::vector<size_t> out;
  for (const Row& row : rows) {
    out.resize(std::max(out.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) out[i] = std::max(out[i], terminal::display_width(row[i]));
  }
  return out;
}

// As Ollama prints: an empty first column of 4, cells padded to the widest of the column and 4.
void print_section(const char* title, const std::vector<Row>& rows, const Put& put) {
  if (rows.empty()) return;
  const auto widths = widths_of(rows);
  put(std::string("  ") + title + "\n");
  for (const Row& row : rows) {
    std::string line = "    ";
    for (size_t i = 0; i < row.size(); ++i) line += padded(row[i], widths[i] + 4);
    if (!put(line + "\n")) return;
  }
  put("\n");
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

std::vector<Row> model_rows(const Summary& summary) {
  std::vector<Row> rows;
  const auto add = [&](const char* name, std::string value) {
    rows.push_back({name, std::move(value)});
  };
  if (summary.architecture) add("architecture", printable(*summary.architecture, kLongestText));
  if (summary.parameters) add("parameters", short_count(summary.parameters));
  if (summary.context_length) add("context length", std::to_string(*summary.context_length));
  if (summary.embedding_length) add("embedding length", std::to_string(*summary.embedding_length));
  if (summary.label) add("quantization", std::string(*summary.label));
  if (summary.formats.empty()) return rows;
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

void show_tables(const gguf::File& file, const ShowOptions& options, const Put& put) {
  print_section("Model", model_rows(summarise(file)), put);
  if (options.metadata) print_section("Metadata", metadata_rows(file), put);
  if (options.tensors) print_section("Tensors", tensor_rows(file), put);
}

}  // namespace

void show(const gguf::File& file, const ShowOptions& options, const Put& put) {
  if (options.json)
    show_json(file, options, put);
  else
    show_tables(file, options, put);
}

}  // namespace straddle::cli
