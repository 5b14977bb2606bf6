// Reads share/shapes.tsv.
#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <variant>

#include "store/shape.h"

namespace straddle::store {
namespace {

using Member = std::variant<std::string Shape::*, uint64_t Shape::*, double Shape::*>;

struct Column {
  std::string_view name;
  Member member;
};

constexpr Column kColumns[] = {
    {"name", &Shape::name},
    {"architecture", &Shape::architecture},
    {"layers", &Shape::layers},
    {"embedding", &Shape::embedding},
    {"heads", &Shape::heads},
    {"kv_heads", &Shape::kv_heads},
    {"key_length", &Shape::key_length},
    {"value_length", &Shape::value_length},
    {"ffn", &Shape::ffn},
    {"experts", &Shape::experts},
    {"experts_used", &Shape::experts_used},
    {"expert_ffn", &Shape::expert_ffn},
    {"shared_expert_ffn", &Shape::shared_expert_ffn},
    {"vocab", &Shape::vocabulary},
    {"rope_base", &Shape::rope_base},
    {"context", &Shape::context},
    {"norm_eps", &Shape::norm_eps},
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
  bool operator()(std::string Shape::*member) const {
    shape.*member = text;
    return !text.empty();
  }
  template <class Number>
  bool operator()(Number Shape::*member) const {
    return read_number(text, shape.*member);
  }
};

// The name of the column that cannot be read; empty where all can.
std::string_view read_shape(Fields& fields, Shape& out) {
  for (const auto& [name, member] : kColumns) {
    if (!std::visit(Take{out, fields[std::string(name)]}, member)) return name;
  }
  out.tied = fields["tied"] == "y";
  out.parts = split(fields["parts"], ' ');
  if (!out.tied) out.parts.push_back("untied");
  for (const std::string& word : split(fields["keys"], ' ')) {
    const size_t equals = word.find('=');
    if (equals != word.npos) out.keys.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return {};
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
  std::ifstream in(path);
  if (!in) return fail(ErrorKind::not_found, path, "cannot be read", "install the program again");
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
                  words[0] + ": column " + std::string(wrong) + " cannot be read");
  }
  return out;
}

}  // namespace straddle::store
