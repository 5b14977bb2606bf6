#include "cli/summary.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/checked.h"
#include "model/model.h"

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
  const std::string_view name = type ? file_type_name(*type & ~kGuessed) : std::string_view();
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

std::string_view file_type_name(uint64_t file_type) {
  struct Row {
    uint64_t type;
    std::string_view name;
  };
  static constexpr Row kRows[] = {
      {0, "F32"},     {1, "F16"},     {2, "Q4_0"},       {3, "Q4_1"},    {7, "Q8_0"},     {8, "Q5_0"},
      {9, "Q5_1"},    {10, "Q2_K"},   {11, "Q3_K_S"},    {12, "Q3_K_M"}, {13, "Q3_K_L"},  {14, "Q4_K_S"},
      {15, "Q4_K_M"}, {16, "Q5_K_S"}, {17, "Q5_K_M"},    {18, "Q6_K"},   {19, "IQ2_XXS"}, {20, "IQ2_XS"},
      {21, "Q2_K_S"}, {22, "IQ3_XS"}, {23, "IQ3_XXS"},   {24, "IQ1_S"},  {25, "IQ4_NL"},  {26, "IQ3_S"},
      {27, "IQ3_M"},  {28, "IQ2_S"},  {29, "IQ2_M"},     {30, "IQ4_XS"}, {31, "IQ1_M"},   {32, "BF16"},
      {36, "TQ1_0"},  {37, "TQ2_0"},  {38, "MXFP4_MOE"}, {39, "NVFP4"},  {40, "Q1_0"},    {41, "Q2_0"}};
  for (const Row& row : kRows)
    if (row.type == file_type) return row.name;
  return {};
}

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
