// Template languages, and what they share: data and text of which every byte knows who wrote it, and
// limits that a template cannot pass. A template is a program from the internet: it can reach nothing
// but what it is given, and ends within Limits, whatever it says. docs/templates.md.
//
// Threads: a parsed template does not change, any number of threads may render it; each rendering works
// on data of its own.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace straddle::templates {

// Who wrote a byte, or made a value: the template, or one of the origins that the caller numbers from 1.
enum class Origin : uint32_t { own };

// The type of a dict or list in Go. Jinja does not ask.
struct GoType {
  enum class Omit : uint8_t { never, empty, nothing };  // empty: false, 0, no text, no items
  struct Field {
    std::string_view name, json;  // as templates and as JSON call it
    Omit omit = Omit::never;      // in JSON
  };
  enum class Prints : uint8_t {
    plainly,  // map[a:1], [1 2], {1 2}
    as_json,
    as_item,  // a list of one: what it holds
  };

  std::string_view name;      // for errors
  std::vector<Field> fields;  // of a struct: its entries in this order; else empty
  Prints prints = Prints::plainly;
  bool empty_is_null = false;  // in JSON
  bool is_schema = false;      // a struct with AnyOf and Type, lists: toTypeScriptType takes it
};

// What a template is given: Python's and Go's values, as far as JSON knows them. Refers to the texts and
// types of its maker, which must outlive the rendering.
struct Data {
  struct Entry;
  struct Piece {
    std::string_view text;
    Origin origin;
  };
  using List = std::vector<Data>;
  using Dict = std::vector<Entry>;    // in order; of equal keys the last one counts
  using Nothing = std::monostate;     // JSON's null
  using Pieces = std::vector<Piece>;  // one text of several writers

  std::variant<Nothing, bool, int64_t, uint64_t, double, std::string_view, List, Dict, Pieces> value;
  Origin origin = Origin::own;   // of a list or dict: of its brackets and keys
  const GoType* type = nullptr;  // of a list or dict, for Go
};
struct Data::Entry {
  std::string_view key;
  Data value;
};

// A range of bytes that the template did not write.
struct Span {
  size_t begin, end;
  Origin origin;  // never own
};

struct AttributedText {
  std::string bytes;
  std::vector<Span> quoted = {};  // in order, disjoint, touching only where the origins differ

  size_t size() const { return bytes.size(); }
  Origin origin() const { return quoted.empty() ? Origin::own : quoted[0].origin; }  // of any byte
  Origin origin_at(size_t at) const;
};

// What one rendering may cost. Whoever asks for more is told which limit it was.
struct Limits {
  uint64_t steps = 20'000'000;  // an operation, or 16 bytes of text made
  uint64_t bytes = 64'000'000;  // of all values alive at once
  uint32_t depth = 1200;        // of evaluation: nested expressions, blocks and macro calls
  std::chrono::milliseconds time{900};
};

namespace jinja {
struct SyntaxTree;
}

// The Jinja that models carry as their chat template (jinja2, in the sandbox of models' hubs).
class JinjaTemplate {
 public:
  // name: for errors. bad_file: an error names the line.
  static Result<JinjaTemplate> parse(std::string source, std::string name);

  // variables: by their names. now: what strftime_now tells. bad_input: the template raised, or passed a
  // limit; no_memory.
  Result<AttributedText> render(std::span<const Data::Entry> variables, std::chrono::local_seconds now,
                                const Limits& limits = {}) const;
  const std::string& source() const;  // as long as the template or a copy of it lives
  const std::string& name() const;

 private:
  std::shared_ptr<const jinja::SyntaxTree> tree_;
};

namespace go {
struct SyntaxTree;
}

// The language of Go's text/template, with the functions that Ollama adds, and as Ollama sets it up: a
// key that a map lacks is no error.
class GoTemplate {
 public:
  // name: for errors. bad_file: an error names the line.
  static Result<GoTemplate> parse(std::string source, std::string name);

  // A field or variable is called so, in letters of either case.
  bool mentions(std::string_view name) const;
  // The same, without what stands behind the first place that shows the field.
  GoTemplate ending_at(std::string_view field) const;
  const std::string& source() const;  // as long as the template or a copy of it lives
  const std::string& name() const;

 private:
  friend Result<AttributedText> render(std::span<const struct GoPass>, std::chrono::local_seconds,
                                       const Limits&);
  std::shared_ptr<const go::SyntaxTree> tree_;
};

// One run of a template, with what it calls the dot.
struct GoPass {
  GoTemplate run;
  Data dot;
};

// The texts of all passes, one behind the other; the limits are those of all together. now: what
// currentDate tells. bad_input: a pass failed or the limits were passed; no_memory.
Result<AttributedText> render(std::span<const GoPass> passes, std::chrono::local_seconds now,
                              const Limits& limits = {});

}  // namespace straddle::templates
