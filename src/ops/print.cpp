#include "ops/print.h"

#include <cstdio>

#include "ops/visit_operands.h"

namespace straddle::ops {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

// "all[64..128)": floats per row, and the matrix they are columns of where that is wider.
std::string text(const Value& v) {
  const auto range = [](uint64_t begin, uint64_t count) {
    return "[" + std::to_string(begin) + ".." + std::to_string(begin + count) + ")";
  };
  const std::string rows = v.rows == Rows::all ? "all" : "wanted";
  const std::string own = rows + range(uint64_t(v.offset) + v.column, v.width);
  return v.pitch == v.width ? own : own + " of " + range(v.offset, v.pitch);
}

// "#7 Q4_K 8 x {64, 32} in 1024s": buffer, format, matrices of columns and rows; segments of a cut one.
std::string text(const Weight& w) {
  std::string out =
      "#" + std::to_string(w.buffer) + " " + std::string(quant::traits(w.format).name) + " ";
  if (w.matrices != 1) out += std::to_string(w.matrices) + " x ";
  out += "{" + std::to_string(w.columns) + ", " + std::to_string(w.rows) + "}";
  return w.segment > 0 ? out + " in " + std::to_string(w.segment) + "s" : out;
}

struct Printer {
  std::string& out;

  void put(const char* name, const std::string& what) const {
    out += std::string("  ") + name + " " + what;
  }

  void operator()(const OpInfo& is) const { out += is.name; }
  void operator()(const Read& read) const { put(read.name, "= " + text(read.value)); }
  void operator()(const Write& write) const { put(write.name, "-> " + text(write.value)); }
  void operator()(const WeightOperand& w) const { put(w.name, "= " + text(w.weight)); }
  void operator()(const CacheOperand& c) const {
    put(c.write ? "to cache" : "from cache", std::to_string(c.cache));
  }
  void operator()(const StateOperand& r) const {
    put("state", "#" + std::to_string(r.state.state) + " of " + std::to_string(r.state.floats));
  }
  void operator()(const RingOperand& r) const {
    put(r.send ? "to ring" : "from ring", std::to_string(r.ring));
  }
  void operator()(const Attribute& s) const { put(s.name, number(s.value)); }
  void operator()(const Rule&) const {}
};

}  // namespace

std::string text_of(const Program& program) {
  std::string out;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    out += std::to_string(i) + " ";
    visit_operands(program, program.ops[i], Printer{out});
    out += "\n";
  }
  if (program.result.width == 0) return out;
  return out + "result = " + text(program.result) + "\n";
}

}  // namespace straddle::ops
