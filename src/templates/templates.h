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

// What a template is given: Python's and Go's values, as far as JSON knows them. Refers to the texts of
// its maker, which must outlive the rendering.
struct Data {
  struct Entry;
  using List = std::vector<Data>;
  using Dict = std::vector<Entry>;  // in order; of equal keys the last one counts
  using Nothing = std::monostate;   // JSON's null

  std::variant<Nothing, bool, int64_t, uint64_t, double, std::string_view, List, Dict> value;
  Origin origin = Origin::own;  // of a list or dict: of its brackets and keys
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

}  // namespace straddle::templates
