#include "ops/check.h"

#include <algorithm>
#include <optional>
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
  OpCheck(const Program& program, const Given& given) : program_(program), given_(given) {}

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
  void operator()(const WeightOperand& w) { need(loaded(w), w.name, " is not what was loaded"); }
  void operator()(const CacheOperand& c) {
    need(c.cache < program_.caches.size() && made(program_.caches[c.cache]), "its cache exists");
  }
  void operator()(const StateOperand& r) { need(made(r.state), "its state exists"); }
  void operator()(const RingOperand&) {}  // a Step brings them

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
  bool loaded(const WeightOperand& operand) const {
    const Weight& w = operand.weight;
    if (w.buffer >= given_.weights.size() || count(w) == 0) return false;
    const WeightShape& is = given_.weights[w.buffer];
    if (is.format != w.format || count(w) != times(is.columns, is.rows)) return false;
    return operand.use == WeightUse::floats || is.columns == w.columns;
  }
  bool made(const KvCache& c) const {
    if (c.cache >= given_.caches.size()) return false;
    const CacheShape& is = given_.caches[c.cache];
    return is.kv_heads == c.kv_heads && is.key_size == c.key_size && is.value_size == c.value_size &&
           is.type == c.type;
  }
  bool made(const State& s) const {
    return s.state < given_.states.size() && given_.states[s.state].floats == s.floats;
  }

  const Program& program_;
  const Given& given_;
  OpInfo is_{"op", Over::rows};
  std::optional<Rows> kind_;
  std::vector<Write> written_;
  std::string fault_;
};

auto wrong(std::string what) { return fail(ErrorKind::bad_input, "program", std::move(what)); }

// The ids that an op of experts reads were chosen by a router, here or on the device that sent them.
class Chosen {
 public:
  bool holds(const Op& op) {
    if (const auto* o = std::get_if<Route>(&op)) ids_.push_back(o->ids);
    if (const auto* o = std::get_if<Receive>(&op)) ids_.push_back(o->value);
    if (const auto* o = std::get_if<ExpertMatMul>(&op)) return knows(o->ids);
    if (const auto* o = std::get_if<ExpertJoin>(&op)) return knows(o->ids);
    return true;
  }

 private:
  bool knows(const Value& ids) const {
    return std::any_of(ids_.begin(), ids_.end(), [&](const Value& v) {
      return same_matrix(v, ids) && v.column <= ids.column &&
             uint64_t(ids.column) + ids.width <= uint64_t(v.column) + v.width;
    });
  }

  std::vector<Value> ids_;
};

// Bytes of a piece from its first row's first to its last row's last; nullopt where that wraps.
std::optional<uint64_t> piece_bytes(uint64_t rows, uint64_t stride, uint64_t row_bytes) {
  const auto before = rows > 0 ? checked_mul(rows - 1, stride) : std::nullopt;
  return before ? checked_add(*before, row_bytes) : std::nullopt;
}

bool has_its_bytes(const WeightSource& source) {
  const auto row = quant::row_bytes(source.format, source.columns);
  if (!row || source.columns == 0) return false;
  const uint64_t stride = source.row_stride > 0 ? source.row_stride : *row;
  uint64_t rows = 0;
  for (const Piece& piece : source.pieces) {
    const auto bytes = piece_bytes(piece.rows, stride, *row);
    if (stride < *row || !bytes || *bytes != piece.bytes.size()) return false;
    rows += piece.rows;
  }
  return rows > 0 && rows == source.rows;
}

}  // namespace

Status check(const WeightSource& source) {
  if (has_its_bytes(source) && quant::traits(source.format).dequantize) return {};
  return fail(ErrorKind::bad_input, "weight", "its bytes do not match its shape and format");
}

Status check(const Program& program, const Given& given) {
  Chosen chosen;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    OpCheck one(program, given);
    visit_operands(program, program.ops[i], one);
    if (!one.fault().empty()) return wrong("op " + std::to_string(i) + ", " + one.fault());
    if (!chosen.holds(program.ops[i]))
      return wrong("op " + std::to_string(i) + ", its ids were chosen by no router");
  }
  if (program.result.width > 0 && !lies_in_scratch(program, program.result))
    return wrong("the result lies outside the scratch");
  return {};
}

}  // namespace straddle::ops
