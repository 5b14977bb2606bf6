// Reads share/shapes.tsv.
#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <variant>

#include "base/mapped_file.h"
#include "store/shape.h"

namespace straddle::store {
namespace {

constexpr size_t kMostBytes = 1 << 20;

using Member = std::variant<std::string Shape::*, uint64_t Shape::*, double Shape::*>;

struct Column {
  std::string_view name;
  Member member;
  double least = 0, most = 1e7;  // of numbers
};

constexpr Column kColumns[] = {
    {"name", &Shape::name},
    {"architecture", &Shape::architecture},
    {"layers", &Shape::layers, 1, 10'000},
    {"embedding", &Shape::embedding, 1, 1e6},
    {"heads", &Shape::heads, 1, 10'000},
    {"kv_heads", &Shape::kv_heads, 1, 10'000},
    {"key_length", &Shape::key_length, 2, 10'000},
    {"value_length", &Shape::value_length, 1, 10'000},
    {"ffn", &Shape::ffn, 0, 1e6},
    {"experts", &Shape::experts, 0, 10'000},
    {"experts_used", &Shape::experts_used, 0, 10'000},
    {"expert_ffn", &Shape::expert_ffn, 0, 1e6},
    {"shared_expert_ffn", &Shape::shared_expert_ffn, 0, 1e6},
    {"vocab", &Shape::vocabulary, 260},
    {"rope_base", &Shape::rope_base, 1, 1e12},
    {"context", &Shape::context, 1, 1e9},
    {"norm_eps", &Shape::norm_eps, 0, 1},
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

using Fields = std::map<std::string, std::string>;

template <class Number>
bool read_number(const std::string& text, Number& out) {
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && read == end;
}

struct Take {
  Shape& shape;
  const std::string& text;
  const Column& column;
  bool operator()(std::string Shape::*member) const {
    shape.*member = text;
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  }
  template <class Number>
  bool operator()(Number Shape::*member) const {
    Number& number = shape.*member;
    return read_number(text, number) && double(number) >= column.least && double(number) <= column.most;
  }
};

// What a factor belongs to, and all else that tensors depend on.
bool is_part(const std::string& word) {
  constexpr std::string_view kFactor = "rope_freqs=";
  double factor = 0;
  if (word.starts_with(kFactor)) return read_number(word.substr(kFactor.size()), factor) && factor >= 1;
  return word != "untied" && is_group_of_tensors(word);
}

bool are_parts(const std::vector<std::string>& words) {
  return !words.empty() && std::ranges::all_of(words, is_part);
}

// "KEY=VALUE KEY=VALUE", or "-" for none.
bool read_keys(const std::string& text, Shape& out) {
  if (text == "-") return true;
  for (const std::string& word : split(text, ' ')) {
    const size_t equals = word.find('=');
    if (equals == word.npos || equals == 0 || equals + 1 == word.size()) return false;
    out.keys.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return !out.keys.empty();
}

// The name of the column that makes no sense; empty where all do.
std::string_view read_shape(Fields& fields, Shape& out) {
  for (const Column& column : kColumns) {
    if (!std::visit(Take{out, fields[std::string(column.name)], column}, column.member))
      return column.name;
  }
  if (out.experts == 0 && out.ffn == 0) return "ffn";
  if (out.experts > 0 && out.experts_used == 0) return "experts_used";
  if (out.experts > 0 && out.expert_ffn == 0) return "expert_ffn";
  const std::string& tied = fields["tied"];
  if (tied != "y" && tied != "n") return "tied";
  out.tied = tied == "y";
  out.parts = split(fields["parts"], ' ');
  if (!are_parts(out.parts)) return "parts";
  if (!out.tied) out.parts.push_back("untied");
  return read_keys(fields["keys"], out) ? "" : "keys";
}

Result<std::string> read_table(const std::string& path) {
  auto file = MappedFile::open(path);
  if (!file) {
    file.error().hint = "install the program again";
    return fail(file);
  }
  const auto bytes = file->bytes();
  if (bytes.size() > kMostBytes)
    return fail(ErrorKind::bad_file, path, "is too large for a list of shapes");
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

bool Shape::has(std::string_view part) const {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view word) {
    return word == part || (word.starts_with(part) && word[part.size()] == '=');
  });
}

uint64_t Shape::number(std::string_view key, uint64_t fallback) const {
  for (const auto& [known, text] : keys) {
    uint64_t value = 0;
    if (known == key && read_number(text, value)) return value;
  }
  return fallback;
}

double Shape::rope_factor() const {
  for (const std::string& part : parts) {
    double factor = 0;
    if (part.starts_with("rope_freqs=") && read_number(part.substr(11), factor)) return factor;
  }
  return 1;
}

Result<std::vector<Shape>> read_shapes(const std::string& path) {
  std::istringstream in(TRY(read_table(path)));
  std::vector<Shape> out;
  std::vector<std::string> header;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto words = split(line, '\t');
    if (header.empty()) {
      header = words;
      continue;
    }
    Fields fields;
    for (size_t i = 0; i < std::min(words.size(), header.size()); ++i) fields[header[i]] = words[i];
    const auto wrong = read_shape(fields, out.emplace_back());
    if (!wrong.empty())
      return fail(ErrorKind::bad_file, path,
                  words[0] + ": column " + std::string(wrong) + " makes no sense");
  }
  return out;
}

}  // namespace straddle::store
