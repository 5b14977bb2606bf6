#include "cli/summary.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/checked.h"
#include "model/model.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

// Sums of a header alone may wrap: nothing has checked them against a file.
uint64_t capped_sum(uint64_t a, uint64_t b) { return checked_add(a, b).value_or(UINT64_MAX); }

FormatShare& share_of(std::vector<FormatShare>& shares, quant::Format format) {
  const auto known = std::find_if(shares.begin(), shares.end(),
                                  [&](const FormatShare& share) { return share.format == format; });
  return known != shares.end() ? *known : shares.emplace_back(FormatShare{format});
}

template <class T>
std::optional<T> optional(Result<T> read) {
  return read ? std::optional<T>(*read) : std::nullopt;
}

std::optional<uint64_t> of_architecture(const gguf::File& file, std::string_view architecture,
                                        const char* key) {
  return optional(file.integer(std::string(architecture) + "." + key));
}

std::optional<std::string_view> label_of(const gguf::File& file) {
  constexpr uint64_t kGuessed = 1024;  // set where a converter guessed the type
  const auto type = optional(file.integer("general.file_type"));
  const std::string_view name = type ? store::file_type_name(*type & ~kGuessed) : std::string_view();
  return name.empty() ? std::nullopt : std::optional(name);
}

// What a tensor that the model does not read is for, by the names that converters give.
std::string_view kind_of(std::string_view name, size_t layers) {
  struct Row {
    std::string_view prefix, what;
  };
  static constexpr Row kRows[] = {{"v.", "vision tower"}, {"a.", "audio tower"}, {"mm.", "projector"}};
  for (const Row& row : kRows)
    if (name.starts_with(row.prefix)) return row.what;
  constexpr std::string_view kLayer = "blk.";  // those above the model's guess tokens ahead
  size_t layer = 0;
  if (name.starts_with(kLayer))
    std::from_chars(name.data() + kLayer.size(), name.data() + name.size(), layer);
  return layer >= layers || name.find(".nextn.") != name.npos ? "draft head" : "other tensors";
}

std::vector<Unread> unread_of(const gguf::File& file) {
  std::vector<Unread> out;
  const auto blueprint = model::describe(file, {.header_only = true});
  if (!blueprint) return out;
  for (size_t i = 0; i < blueprint->reads.size(); ++i) {
    if (blueprint->reads[i]) continue;
    const gguf::Tensor& tensor = file.tensors()[i];
    const std::string_view what = kind_of(tensor.name, blueprint->layers.size());
    auto known = std::find_if(out.begin(), out.end(), [&](const Unread& u) { return u.what == what; });
    if (known == out.end()) known = out.insert(known, Unread{what, tensor.name});
    ++known->tensors;
    known->bytes = capped_sum(known->bytes, tensor.bytes);
  }
  return out;
}

}  // namespace

double Summary::bits_per_weight() const {
  return parameters ? 8.0 * double(bytes) / double(parameters) : 0.0;
}

Summary summarise(const gguf::File& file) {
  Summary out;
  for (const gguf::Tensor& tensor : file.tensors()) {
    FormatShare& share = share_of(out.formats, tensor.format);
    ++share.tensors;
    share.elements = capped_sum(share.elements, tensor.elements());
    share.bytes = capped_sum(share.bytes, tensor.bytes);
    out.parameters = capped_sum(out.parameters, tensor.elements());
    out.bytes = capped_sum(out.bytes, tensor.bytes);
  }
  std::stable_sort(out.formats.begin(), out.formats.end(),
                   [](const FormatShare& a, const FormatShare& b) { return a.bytes > b.bytes; });
  out.architecture = optional(file.string("general.architecture"));
  if (out.architecture) {
    out.context_length = of_architecture(file, *out.architecture, "context_length");
    out.embedding_length = of_architecture(file, *out.architecture, "embedding_length");
  }
  out.label = label_of(file);
  out.unread = unread_of(file);
  return out;
}

}  // namespace straddle::cli
