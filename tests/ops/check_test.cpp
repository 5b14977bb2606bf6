// One valid Program for each op; then each operand of it is made wrong in each way, and refused.
#include "ops/check.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "ops/print.h"
#include "ops/visit_operands.h"

namespace straddle::ops {
namespace {

struct Anyone {
  template <class T>
  void operator()(const T&) const {}
};
struct OpWithoutVisit {};
template <class O>
concept Visited = requires(const Program& p, const O& o) {
  visit_operands(p, o, Anyone{});
};
static_assert(Visited<MatMul> && Visited<Op>);
static_assert(!Visited<OpWithoutVisit>, "forgetting the visit of an op must not compile");

// A Program whose last op is looked at. Values have room to grow; weights fill their buffers.
struct Sample {
  Program program;
  std::vector<BufferShape> buffers;

  Value value(uint32_t width, Rows rows = Rows::all) {
    uint32_t& end = rows == Rows::all ? program.row_floats : program.wanted_floats;
    const Value out{end, width + 4, 0, width, rows};
    end += out.pitch;
    return out;
  }
  Weight weight(uint32_t columns, uint32_t rows = 1, uint32_t matrices = 1) {
    buffers.push_back({quant::Format::F32, columns, uint64_t(rows) * matrices, 0});
    return {.buffer = uint32_t(buffers.size() - 1),
            .columns = columns,
            .rows = rows,
            .matrix_rows = rows,
            .matrices = matrices};
  }
  State state(uint32_t floats) {
    buffers.push_back({{}, 0, 0, floats * 4});
    program.states.push_back({uint32_t(buffers.size() - 1), floats});
    return program.states.back();
  }
  uint32_t cache(uint32_t kv_heads, uint32_t key_size, uint32_t value_size) {
    const auto first = uint32_t(buffers.size());
    for (uint32_t size : {key_size, value_size})
      buffers.push_back({{}, 0, 0, uint64_t(kPageTokens) * kv_heads * size * 2});
    program.caches.push_back({first, first + 1, kv_heads, key_size, value_size, KvType::f16});
    return uint32_t(program.caches.size() - 1);
  }
  void add(Op op) {
    program.ops.push_back(std::move(op));
    program.result = value(4);
  }
  std::string fault() const {
    const Status ok = check(program, buffers);
    return ok ? "" : one_line(ok.error());
  }
};

Sample experts() {
  Sample s;
  const Value ids = s.value(2);
  s.add(Route{.logits = s.value(8), .ids = ids, .weights = s.value(2)});
  s.add(ExpertMatMul{s.value(12), ids, s.value(10), s.weight(6, 5, 8), s.weight(5, 8), s.weight(8)});
  return s;
}

using Make = std::function<void(Sample&)>;
std::vector<Sample> samples() {
  const Make makes[] = {
      [](Sample& s) {
        s.add(Embed{s.weight(6, 9), s.value(6)});
      },
      [](Sample& s) {
        s.add(Norm{Norm::Kind::rms, s.value(9), s.value(9), s.weight(3), s.weight(9), 0, 3});
      },
      [](Sample& s) {
        s.add(MatMul{s.value(6), s.value(10), s.weight(3, 5, 2), s.weight(10)});
      },
      [](Sample& s) {
        s.add(Rope{s.value(12), 6, 4, 2});
      },
      [](Sample& s) { s.add(ScaleRows{s.value(6)}); },
      [](Sample& s) {
        s.add(KvWrite{s.value(6), s.value(8), s.cache(2, 3, 4)});
      },
      [](Sample& s) {
        s.add(Attend{.queries = s.value(12),
                     .out = s.value(16),
                     .cache = s.cache(2, 3, 4),
                     .heads = 4,
                     .sinks = s.weight(4)});
      },
      [](Sample& s) {
        s.add(Act{Activation::silu, s.value(6), s.value(6)});
      },
      [](Sample& s) {
        s.add(ActGate{Activation::silu, s.value(6), s.value(6), s.value(6)});
      },
      [](Sample& s) {
        s.add(ActGateClamped{s.value(6), s.value(6), s.value(6)});
      },
      [](Sample& s) {
        s.add(Route{.logits = s.value(8),
                    .ids = s.value(2),
                    .weights = s.value(2),
                    .bias = s.weight(8),
                    .groups = 4,
                    .groups_used = 1});
      },
      [](Sample& s) { s = experts(); },
      [](Sample& s) {
        s.add(ExpertSum{s.value(12), s.value(3), s.value(4)});
      },
      [](Sample& s) {
        s.add(Add{s.value(6), s.value(6), s.value(6)});
      },
      [](Sample& s) {
        s.add(Multiply{s.value(6), {}, s.value(6), s.weight(6)});
      },
      [](Sample& s) {
        s.add(AddGroupDot{s.value(6), s.value(6), s.value(6), s.value(6), 3});
      },
      [](Sample& s) {
        s.add(Scale{s.value(6), s.value(6)});
      },
      [](Sample& s) {
        s.add(Softcap{s.value(6), s.value(6), 3});
      },
      [](Sample& s) {
        s.add(Regroup{s.value(12), s.value(8), 4, 2, 0, 3, 0, 2});
      },
      [](Sample& s) {
        s.add(Gather{s.value(6), s.value(6, Rows::wanted)});
      },
      [](Sample& s) {
        s.add(Conv{s.value(6), s.value(6), s.weight(4, 6), s.weight(6), 4, true, s.state(18)});
      },
      [](Sample& s) {
        s.add(Shift{s.value(6), s.value(6), s.state(6)});
      },
      [](Sample& s) {
        s.add(ScanMamba{s.value(6), s.value(6), s.value(2), s.value(2), s.value(6), s.weight(2, 6),
                        s.weight(6), s.state(12)});
      },
      [](Sample& s) {
        s.add(ScanDelta{s.value(6), s.value(6), s.value(12), s.value(4), s.value(4), s.value(12), 2, 4,
                        3, false, s.state(36)});
      },
      [](Sample& s) {
        s.add(ScanRwkv{s.value(6), s.value(6), s.value(6), s.value(6), s.value(6), s.value(6),
                       s.value(6), 3, s.state(18)});
      },
  };
  std::vector<Sample> out;
  for (const Make& make : makes) make(out.emplace_back());
  return out;
}

// The operands of the last op, to be changed: the Program is ours, and not const.
struct Operands {
  std::vector<Value*> values;
  std::vector<Weight*> weights;
  std::vector<State*> states;
  bool caches = false;
  std::string name;

  explicit Operands(Sample& s) { visit_operands(s.program, s.program.ops.back(), *this); }
  void operator()(const OpInfo& is) { name = is.name; }
  void operator()(const Read& r) { values.push_back(const_cast<Value*>(&r.value)); }
  void operator()(const Write& w) { values.push_back(const_cast<Value*>(&w.value)); }
  void operator()(const WeightOperand& w) { weights.push_back(const_cast<Weight*>(&w.weight)); }
  void operator()(const StateOperand& r) { states.push_back(const_cast<State*>(&r.state)); }
  void operator()(const CacheOperand&) { caches = true; }
  template <class T>
  void operator()(const T&) {}
};

// What `change` does to each of the operands of a kind is refused.
template <class List, class F>
void expect_refused(List Operands::*kind, F change, const char* what,
                    const std::set<std::string>& free = {}) {
  for (const Sample& good : samples()) {
    Sample first = good;
    const size_t count = (Operands(first).*kind).size();
    if (free.contains(Operands(first).name)) continue;
    for (size_t i = 0; i < count; ++i) {
      Sample bad = good;
      change(bad, *(Operands(bad).*kind)[i]);
      EXPECT_NE(bad.fault(), "") << what << ", operand " << i << " of\n" << text_of(bad.program);
    }
  }
}

TEST(Check, TakesASampleOfEveryOp) {
  std::set<size_t> kinds;
  for (const Sample& s : samples()) {
    EXPECT_EQ(s.fault(), "") << text_of(s.program);
    kinds.insert(s.program.ops.back().index());
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Op>);
}

TEST(Check, RefusesValuesOfAnotherWidth) {
  const std::set<std::string> any_width = {"scale_rows", "regroup"};
  expect_refused(
      &Operands::values, [](Sample&, Value& v) { ++v.width; }, "wider", any_width);
  expect_refused(
      &Operands::values, [](Sample&, Value& v) { --v.width; }, "narrower", any_width);
  expect_refused(
      &Operands::values, [](Sample&, Value& v) { v.width = 0; }, "empty");
  Sample s;
  s.add(Regroup{s.value(11), s.value(8), 4, 2, 0, 3, 0, 2});
  EXPECT_EQ(s.fault(), "");
  std::get<Regroup>(s.program.ops.back()).in.width = 10;
  EXPECT_EQ(s.fault(), "program: op 0, regroup: the last group lies in in");
}

TEST(Check, RefusesValuesOutsideTheScratchAndOfOtherRows) {
  expect_refused(
      &Operands::values, [](Sample& s, Value& v) { v.offset = s.program.row_floats; }, "outside");
  expect_refused(
      &Operands::values, [](Sample&, Value& v) { v.offset = ~0u - 2; }, "wraps");
  expect_refused(
      &Operands::values, [](Sample&, Value& v) { v.column = 5; }, "beyond its matrix");
  // Rows of either kind are fine where all are of one.
  expect_refused(
      &Operands::values,
      [](Sample& s, Value& v) {
        v.rows = v.rows == Rows::all ? Rows::wanted : Rows::all;
        s.program.wanted_floats = s.program.row_floats = 1000;
      },
      "other rows");
}

TEST(Check, RefusesAValueThatIsWrittenWhereAnotherLies) {
  for (const Sample& good : samples()) {
    Sample first = good;
    const size_t count = Operands(first).values.size();
    for (size_t i = 1; i < count; ++i) {
      Sample bad = good;
      const auto values = Operands(bad).values;  // the first is written
      values[i]->offset = values[0]->offset + 1;
      if (values[i]->rows != values[0]->rows || Operands(bad).name == "kv_write") continue;
      EXPECT_NE(bad.fault(), "") << text_of(bad.program);
    }
  }
}

TEST(Check, RefusesWeightsOfAnotherShape) {
  // As many as were loaded: only the other operands tell.
  const auto reload = [](Sample& s, const Weight& w) {
    s.buffers[w.buffer].columns = w.columns;
    s.buffers[w.buffer].rows = uint64_t(w.rows) * w.matrices;
  };
  const auto wider = [&](Sample& s, Weight& w) {
    ++w.columns;
    reload(s, w);
  };
  const auto higher = [&](Sample& s, Weight& w) {
    ++w.rows;
    reload(s, w);
  };
  expect_refused(&Operands::weights, wider, "wider");
  expect_refused(&Operands::weights, higher, "higher", {"embed"});
}

TEST(Check, RefusesWeightsThatWereNotLoaded) {
  const auto each = [](auto change, const char* what) {
    expect_refused(
        &Operands::weights, [=](Sample& s, Weight& w) { change(s, w, s.buffers[w.buffer]); }, what);
  };
  each([](Sample& s, Weight& w, BufferShape&) { w.buffer = uint32_t(s.buffers.size()); }, "absent");
  each([](Sample&, Weight& w, BufferShape&) { w.format = quant::Format::F16; }, "another format");
  each([](Sample&, Weight&, BufferShape& b) { b.format.reset(); }, "no weight");
  each([](Sample&, Weight&, BufferShape& b) { --b.rows; }, "too few rows");
  each([](Sample&, Weight& w, BufferShape&) { w.first_row = ~uint64_t(0); }, "rows that wrap");
  each([](Sample&, Weight&, BufferShape& b) { b.columns += 1; }, "other columns");
}

TEST(Check, RefusesStatesAndCachesOfAnotherSize) {
  expect_refused(
      &Operands::states, [](Sample&, State& s) { ++s.floats; }, "another state");
  expect_refused(
      &Operands::states, [](Sample& s, State& state) { s.buffers[state.buffer].bytes -= 4; }, "short");
  expect_refused(
      &Operands::states, [](Sample& s, State&) { s.program.states.clear(); }, "one never cleared");
  for (const Sample& good : samples()) {
    if (good.program.caches.empty()) continue;
    const std::function<void(Sample&, KvCache&)> changes[] = {
        [](Sample& s, KvCache& c) {
          ++c.kv_heads;
          for (uint32_t b : {c.keys, c.values}) s.buffers[b].bytes *= 2;
        },
        [](Sample& s, KvCache& c) {
          ++c.key_size;
          s.buffers[c.keys].bytes *= 2;
        },
        [](Sample& s, KvCache& c) {
          ++c.value_size;
          s.buffers[c.values].bytes *= 2;
        },
        [](Sample& s, KvCache& c) { --s.buffers[c.keys].bytes; },
        [](Sample& s, KvCache& c) { --s.buffers[c.values].bytes; },
        [](Sample&, KvCache& c) { c.keys = kNone; },
        [](Sample& s, KvCache&) { s.program.caches.clear(); }};
    for (size_t i = 0; i < std::size(changes); ++i) {
      Sample bad = good;
      changes[i](bad, bad.program.caches[0]);
      EXPECT_NE(bad.fault(), "") << i << " of\n" << text_of(bad.program);
    }
  }
}

TEST(Check, RefusesIdsOfOtherExperts) {
  Sample s = experts();
  std::get<Route>(s.program.ops[0]).logits.width = 9;
  EXPECT_EQ(s.fault(), "program: op 1, expert_matmul: its ids are of other experts");
  Sample none = experts();
  none.program.ops.erase(none.program.ops.begin());
  EXPECT_EQ(none.fault(), "program: op 0, expert_matmul: its ids are of other experts");
}

TEST(Check, RefusesAttributesThatDoNotDivide) {
  const auto fault = [](Op op, Sample s) {
    s.add(std::move(op));
    return s.fault();
  };
  Sample s;
  const Value v = s.value(12), out = s.value(12);
  EXPECT_EQ(fault(Norm{Norm::Kind::l2, v, out, {}, {}, 0, 5}, s),
            "program: op 0, norm: in = whole groups");
  EXPECT_EQ(fault(Norm{Norm::Kind::l2, v, out, {}, {}, 0, 0}, s),
            "program: op 0, norm: in = whole groups");
  EXPECT_EQ(fault(Rope{v, 6, 5, 0}, s), "program: op 0, rope: rotated = pairs");
  EXPECT_EQ(fault(Rope{v, 6, 4, 3}, s), "program: op 0, rope: first + rotated lie in a head");
  EXPECT_EQ(fault(Regroup{v, out, 0, 1, 0, 1, 0, 1}, s),
            "program: op 0, regroup: the last group lies in in");
  EXPECT_EQ(fault(Regroup{v, out, 3, 2, 0, ~0u, 0, 2}, s),
            "program: op 0, regroup: the last group lies in in");
  Sample r;
  const Value logits = r.value(12), ids = r.value(4), weights = r.value(4);
  EXPECT_EQ(fault(Route{.logits = logits, .ids = ids, .weights = weights, .groups = 4}, r),
            "program: op 0, route: no more ids than experts in the groups used");
}

TEST(Check, RefusesAResultOutsideTheScratch) {
  Sample s;
  s.add(Scale{s.value(6), s.value(6)});
  s.program.result.offset = s.program.row_floats;
  EXPECT_EQ(s.fault(), "program: the result lies outside the scratch");
}

// ---- Steps

struct Rowed {
  std::vector<int32_t> tokens = {1, 2};
  std::vector<uint32_t> positions = {0, 1}, sequences = {0, 0}, wanted = {1}, pages = {7};
  std::vector<float> angles = std::vector<float>(8), factors = {1, 1};
  SequenceView view{{}, 0, 2};
  std::span<const float> table;

  std::string fault(const Program& p) {
    view.pages = pages;
    table = angles;
    const Status ok =
        check(p, Step{tokens, positions, sequences, {&view, 1}, wanted, {&table, 1}, factors});
    return ok ? "" : one_line(ok.error());
  }
};

TEST(Check, StepsFitTheProgram) {
  Sample s;
  s.cache(2, 3, 4);
  s.add(Embed{s.weight(6, 3), s.value(6)});
  s.add(Rope{s.value(6), 6, 4, 0});
  s.add(ScaleRows{s.value(6)});
  s.program.max_rows = 2;
  s.program.max_wanted = 1;
  const auto fault = [&](auto change) {
    Rowed step;
    change(step);
    return step.fault(s.program);
  };
  EXPECT_EQ(fault([](Rowed&) {}), "");
  EXPECT_EQ(fault([](Rowed& r) { r.tokens = {1, 3}; }), "step: token 3 is outside the model's table");
  EXPECT_NE(fault([](Rowed& r) { r.tokens = {1, -1}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.wanted = {0, 1}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.wanted = {2}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.sequences = {0, 1}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.positions = {0}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.positions = {1, 2}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.pages = {}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.view.length = 65; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.angles.resize(7); }), "");
  EXPECT_NE(fault([](Rowed& r) { r.factors = {1}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.tokens = {1, 1, 1}, r.positions = r.sequences = {0, 0, 0}; }), "");
}

}  // namespace
}  // namespace straddle::ops
