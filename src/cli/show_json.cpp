#include "cli/show_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/json.h"
#include "cli/summary.h"

namespace straddle::cli {
namespace {

using gguf::MetadataValue;

constexpr size_t kPiece = 1 << 16;  // bytes that are put at once

// Commas and nesting; values are written by the caller's order.
class JsonOut {
 public:
  explicit JsonOut(const Put& put) : put_(put) {}

  void open(char bracket) { raw(std::string(1, bracket)), first_ = true; }
  void close(char bracket) { text_ += bracket, first_ = false; }
  void end() { put_(text_ + "\n"); }
  void key(std::string_view name) { raw(quoted_json(name) + ": "), first_ = true; }

  void value(uint64_t number) { raw(std::to_string(number)); }
  void value(int64_t number) { raw(std::to_string(number)); }
  void value(bool truth) { raw(truth ? "true" : "false"); }
  void value(std::string_view text) { raw(quoted_json(text)); }
  void value(double number) { raw(std::isfinite(number) ? nlohmann::json(number).dump() : "null"); }
  void value(const gguf::Array& array) {
    open('[');
    for (uint64_t i = 0; i < array.count && !stopped_; ++i) value(element(array, i));
    close(']');
  }
  void value(const MetadataValue& any) {
    std::visit([this](const auto& held) { value(held); }, any.data);
  }

  template <class T>
  void field(std::string_view name, const T& held) {
    key(name);
    value(held);
  }

 private:
  void raw(const std::string& text) {
    if (!first_) text_ += ", ";
    text_ += text;
    first_ = false;
    if (text_.size() < kPiece) return;
    stopped_ = !put_(text_);
    text_.clear();
  }

  const Put& put_;
  std::string text_;
  bool first_ = true, stopped_ = false;
};

void put_summary(const Summary& summary, JsonOut& out) {
  if (summary.architecture) out.field("architecture", *summary.architecture);
  out.field("parameters", summary.parameters);
  if (summary.context_length) out.field("context_length", *summary.context_length);
  if (summary.embedding_length) out.field("embedding_length", *summary.embedding_length);
  if (summary.label) out.field("quantization", *summary.label);
  out.field("bytes", summary.bytes);
  out.field("bits_per_weight", summary.bits_per_weight());
  out.key("formats");
  out.open('[');
  for (const FormatShare& share : summary.formats) {
    out.open('{');
    out.field("format", quant::traits(share.format).name);
    out.field("tensors", share.tensors);
    out.field("elements", share.elements);
    out.field("bytes", share.bytes);
    out.close('}');
  }
  out.close(']');
  out.key("unread");
  out.open('[');
  for (const Unread& unread : summary.unread) {
    out.open('{');
    out.field("what", unread.what);
    out.field("first", unread.first);
    out.field("tensors", unread.tensors);
    out.field("bytes", unread.bytes);
    out.close('}');
  }
  out.close(']');
}

void put_metadata(const gguf::File& file, JsonOut& out) {
  out.key("metadata");
  out.open('{');
  for (const gguf::Entry& entry : file.entries()) out.field(entry.key, entry.value);
  out.close('}');
}

void put_tensor(const gguf::Tensor& tensor, JsonOut& out) {
  out.open('{');
  out.field("name", tensor.name);
  out.field("format", quant::traits(tensor.format).name);
  out.key("shape");
  out.open('[');
  for (uint32_t i = 0; i < tensor.n_dims; ++i) out.value(tensor.shape[i]);
  out.close(']');
  out.field("part", uint64_t(tensor.file));
  out.field("offset", tensor.offset);
  out.field("bytes", tensor.bytes);
  out.close('}');
}

void put_tensors(const gguf::File& file, JsonOut& out) {
  out.key("tensors");
  out.open('[');
  for (const gguf::Tensor& tensor : file.tensors()) put_tensor(tensor, out);
  out.close(']');
}

}  // namespace

void show_json(const gguf::File& file, const ShowOptions& options, const Put& put) {
  JsonOut out(put);
  out.open('{');
  out.field("path", std::string_view(file.path()));
  out.field("version", uint64_t(file.version()));
  out.field("parts", uint64_t(file.files()));
  out.field("file_bytes", file.file_bytes());
  put_summary(summarise(file), out);
  if (options.metadata) put_metadata(file, out);
  if (options.tensors) put_tensors(file, out);
  out.close('}');
  out.end();
}

}  // namespace straddle::cli
