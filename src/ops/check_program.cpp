#include "ops/check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/checked.h"
#include "ops/visit_operands.h"

namespace straddle::ops {
namespace {

bool same_matrix(const Value& a, const Value& b) {
  return a.rows == b.rows && a.offset == b.offset && a.pitch == b.pitch;
}

// Whether they share memory.
bool overlap(const Value& a, const Value& b) {
  if (a.rows != b.rows) return false;
  if (same_matrix(a, b)) return a.column < b.column + b.width && b.column < a.column + a.width;
  return a.offset < b.offset + b.pitch && b.offset < a.offset + a.pitch;
}

bool lies_in_scratch(const Program& p, const Value& v) {
  const uint64_t limit = v.rows == Rows::all ? p.row_floats : p.wanted_floats;
  return v.width > 0 && uint64_t(v.column) + v.width <= v.pitch && uint64_t(v.offset) + v.pitch <= limit;
}

// Looks at one op through its operands; keeps the first thing that is wrong.
class OpCheck {
 public:
  OpCheck(const Program& program, std::span<const BufferShape> buffers)
      : program_(program), buffers_(buffers) {}

  void operator()(const OpInfo& is) { is_ = is; }
  void operator()(const Rule& rule) { need(rule.holds, rule.text); }
  void operator()(const Attribute&) {}
  void operator()(const Read& read) {
    value(read.value, Over::gathered == is_.over ? Rows::all : kind(read.value), read.name);
    for (const Write& w : written_) {
      const bool same = same_matrix(w.value, read.value) && w.value.column == read.value.column;
      need((w.in_place && same) || !overlap(w.value, read.value), read.name, " lies in what is written");
    }
  }
  void operator()(const Write& write) {
    value(write.value, Over::gathered == is_.over ? Rows::wanted : kind(write.value), write.name);
    for (const Write& w : written_) {
      need(!overlap(w.value, write.value), write.name, " lies in what is written");
    }
    written_.push_back(write);
  }
  void operator()(const WeightOperand& w) { need(lies_in_buffer(w), w.name, " is not what was loaded"); }
  void operator()(const CacheOperand& c) {
    need(c.cache < program_.caches.size() && stored(program_.caches[c.cache]), "its cache exists");
  }
  void operator()(const StateOperand& r) { need(stored(r.state), "its state exists"); }

  // "matmul: out = rows x matrices", or nothing.
  const std::string& fault() const { return fault_; }

 private:
  void need(bool holds, const char* what, const char* more = "") {
    if (!holds && fault_.empty()) fault_ = std::string(is_.name) + ": " + what + more;
  }
  // All values of an op are of one kind of rows: that of the first, or the Step's.
  Rows kind(const Value& v) {
    if (is_.over == Over::step) return Rows::all;
    if (!kind_) kind_ = v.rows;
    return *kind_;
  }
  void value(const Value& v, Rows rows, const char* name) {
    need(v.rows == rows, name, " is of other rows");
    need(lies_in_scratch(program_, v), name, " lies outside the scratch");
  }
  bool lies_in_buffer(const WeightOperand& operand) const {
    const Weight& w = operand.weight;
    if (w.buffer >= buffers_.size() || w.columns == 0 || w.rows == 0 || w.matrices == 0) return false;
    const BufferShape& b = buffers_[w.buffer];
    const uint64_t span = b.columns > 0 ? w.columns / b.columns : 0;  // rows there per row of the weight
    if (b.format != w.format || span == 0 || w.columns % b.columns != 0) return false;
    if (span > 1 && operand.use != WeightUse::floats) return false;
    const uint64_t last = times(w.matrix_rows, w.matrices - 1);
    const auto start = checked_add(last, w.first_row);
    const auto end = start ? checked_add(*start, w.rows) : std::nullopt;
    return end && *end <= b.rows / span;
  }
  bool own(uint32_t buffer, uint64_t bytes) const {
    return buffer < buffers_.size() && !buffers_[buffer].format && buffers_[buffer].bytes >= bytes;
  }
  bool stored(const KvCache& c) const {
    const uint64_t vectors = times(kPageTokens * bytes_of(c.type), c.kv_heads);
    return own(c.keys, times(vectors, c.key_size)) && own(c.values, times(vectors, c.value_size));
  }
  bool stored(const State& s) const {
    const auto& states = program_.states;  // what a device clears and copies
    return own(s.buffer, times(s.floats, 4)) &&
           std::any_of(states.begin(), states.end(), [&](const State& known) {
             return known.buffer == s.buffer && known.floats == s.floats;
           });
  }

  const Program& program_;
  std::span<const BufferShape> buffers_;
  OpInfo is_{"op", Over::rows};
  std::optional<Rows> kind_;
  std::vector<Write> written_;
  std::string fault_;
};

auto wrong(std::string what) { return fail(ErrorKind::bad_input, "program", std::move(what)); }

// The ids that a product of experts reads come from a Route over as many experts as it has matrices.
class Routed {
 public:
  bool holds(const Op& op) {
    if (const auto* route = std::get_if<Route>(&op)) last_ = route;
    const auto* product = std::get_if<ExpertMatMul>(&op);
    return !product ||
           (last_ && same_matrix(last_->ids, product->ids) && last_->ids.column == product->ids.column &&
            last_->ids.width == product->ids.width && last_->logits.width <= product->weight.matrices);
  }

 private:
  const Route* last_ = nullptr;
};

}  // namespace

Status check(const WeightSource& source) {
  const quant::Traits& format = quant::traits(source.format);
  const auto row = quant::row_bytes(source.format, source.columns);
  const auto all = row ? checked_mul(*row, source.rows) : std::nullopt;
  if (source.columns > 0 && all && *all == source.bytes.size() && format.dequantize) return {};
  return fail(ErrorKind::bad_input, "weight", "its bytes do not match its shape and format");
}

Status check(const Program& program, std::span<const BufferShape> buffers) {
  Routed routed;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    OpCheck one(program, buffers);
    visit_operands(program, program.ops[i], one);
    if (!one.fault().empty()) return wrong("op " + std::to_string(i) + ", " + one.fault());
    if (!routed.holds(program.ops[i]))
      return wrong("op " + std::to_string(i) + ", expert_matmul: its ids are of other experts");
  }
  if (!lies_in_scratch(program, program.result)) return wrong("the result lies outside the scratch");
  return {};
}

}  // namespace straddle::ops
