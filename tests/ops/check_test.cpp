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

// A Program whose last op is looked at. Values have room to grow.
struct Sample {
  Program program;
  std::vector<WeightShape> weights;
  std::vector<CacheShape> caches;
  std::vector<StateShape> states;

  Value value(uint32_t width, Rows rows = Rows::all) {
    uint32_t& end = rows == Rows::all ? program.row_floats : program.wanted_floats;
    const Value out{end, width + 4, 0, width, rows};
    end += out.pitch;
    return out;
  }
  Weight weight(uint32_t columns, uint32_t rows = 1, uint32_t matrices = 1) {
    weights.push_back({quant::Format::F32, columns, uint64_t(rows) * matrices});
    return {
        .buffer = uint32_t(weights.size() - 1), .columns = columns, .rows = rows, .matrices = matrices};
  }
  State state(uint32_t floats) {
    states.push_back({1, floats});
    return {uint32_t(states.size() - 1), floats};
  }
  uint32_t cache(uint32_t kv_heads, uint32_t key_size, uint32_t value_size) {
    caches.push_back({1, kv_heads, key_size, value_size, KvType::f16});
    program.caches.push_back({uint32_t(caches.size() - 1), kv_heads, key_size, value_size, KvType::f16});
    return uint32_t(program.caches.size() - 1);
  }
  void add(Op op) {
    program.ops.push_back(std::move(op));
    program.result = value(4);
  }
  std::string fault() const {
    const Status ok = check(program, Given{weights, caches, states});
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

// The last two of five segments of 512 columns.
Weight cut_weight(Sample& s, uint32_t rows, uint32_t matrices = 1) {
  Weight w = s.weight(1000, rows, matrices);
  w.segment = 512;
  return w;
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
        s.add(MatMul{s.value(1000), s.value(10), cut_weight(s, 5), {}, 1, Sum::apart});
      },
      [](Sample& s) {
        s.add(Join{s.value(5), s.value(10), s.value(5), s.weight(5)});
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
        const Value ids = s.value(2);
        s.add(Receive{ids});
        s.add(ExpertMatMul{.in = s.value(1000),
                           .ids = ids,
                           .out = s.value(20),
                           .weight = cut_weight(s, 5, 3),
                           .first = 5,
                           .sum = Sum::apart});
      },
      [](Sample& s) {
        const Value ids = s.value(2);
        s.add(Route{.logits = s.value(8), .ids = ids, .weights = s.value(2)});
        s.add(ExpertJoin{s.value(10), s.value(20), ids, s.value(10), s.weight(5, 8), s.weight(8)});
      },
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
      [](Sample& s) { s.add(Send{s.value(6)}); },
      [](Sample& s) { s.add(Receive{s.value(6)}); },
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
  const std::set<std::string> any_width = {"scale_rows", "regroup", "send", "receive"};
  expect_refused(
      &Operands::values, [](Sample&, Value& v) { ++v.width; }, "wider", any_width);
  expect_refused(
      &Operands::values, [](Sample&, Value& v) { --v.width; }, "narrower", any_width);
  expect_refused(&Operands::values, [](Sample&, Value& v) { v.width = 0; }, "empty",
                 {"join", "expert_join"});
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
  expect_refused(&Operands::values,
                 [](Sample& s, Value& v) {
                   v.rows = v.rows == Rows::all ? Rows::wanted : Rows::all;
                   s.program.wanted_floats = s.program.row_floats = 10000;
                 },
                 "other rows", {"send", "receive"});
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
  // As it was loaded: only the other operands tell.
  const auto reload = [](Sample& s, const Weight& w) {
    s.weights[w.buffer] = {w.format, w.columns, uint64_t(w.rows) * w.matrices};
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
        &Operands::weights, [=](Sample& s, Weight& w) { change(s, w, s.weights[w.buffer]); }, what);
  };
  each([](Sample& s, Weight& w, WeightShape&) { w.buffer = uint32_t(s.weights.size()); }, "absent");
  each([](Sample&, Weight& w, WeightShape&) { w.format = quant::Format::F16; }, "another format");
  each([](Sample&, Weight&, WeightShape& is) { --is.rows; }, "too few rows");
  each([](Sample&, Weight&, WeightShape& is) { ++is.rows; }, "too many rows");
  each([](Sample&, Weight& w, WeightShape&) { w.matrices = ~0u; }, "matrices that wrap");
  each([](Sample&, Weight&, WeightShape& is) { is.columns += 1; }, "other columns");
}

TEST(Check, RefusesSegmentsThatBeginInsideABlock) {
  for (const uint32_t segment : {1u, 256u, 1000u}) {
    Sample s;
    Weight w = s.weight(1000, 5);
    w.segment = segment;
    s.add(MatMul{s.value(1000), s.value(5), w});
    EXPECT_EQ(s.fault(), "program: op 0, matmul: its segment = the least one, times a whole number");
  }
}

TEST(Check, RefusesScaleAndBiasOfASumThatIsNotFinished) {
  for (const Sum sum : {Sum::running, Sum::apart}) {
    Sample s;
    s.add(MatMul{s.value(6), s.value(5), s.weight(6, 5), {}, 2, sum});
    EXPECT_NE(s.fault(), "");
    Sample biased;
    biased.add(MatMul{biased.value(6), biased.value(5), biased.weight(6, 5), biased.weight(5), 1, sum});
    EXPECT_NE(biased.fault(), "");
    Sample expert = experts();
    std::get<ExpertMatMul>(expert.program.ops[1]).sum = sum;
    EXPECT_NE(expert.fault(), "");
  }
}

TEST(Check, RefusesStatesAndCachesOfAnotherShape) {
  expect_refused(
      &Operands::states, [](Sample&, State& s) { ++s.floats; }, "another state");
  expect_refused(
      &Operands::states, [](Sample& s, State& state) { --s.states[state.state].floats; }, "short");
  expect_refused(
      &Operands::states, [](Sample& s, State&) { s.states.clear(); }, "one never made");
  const std::function<void(Sample&, KvCache&)> changes[] = {
      [](Sample&, KvCache& c) { ++c.kv_heads; },
      [](Sample&, KvCache& c) { ++c.key_size; },
      [](Sample&, KvCache& c) { ++c.value_size; },
      [](Sample&, KvCache& c) { c.type = KvType::f32; },
      [](Sample&, KvCache& c) { c.cache = kNone; },
      [](Sample& s, KvCache&) { s.caches.clear(); },
      [](Sample& s, KvCache&) { s.program.caches.clear(); }};
  for (const Sample& good : samples()) {
    if (good.program.caches.empty()) continue;
    for (size_t i = 0; i < std::size(changes); ++i) {
      Sample bad = good;
      changes[i](bad, bad.program.caches[0]);
      EXPECT_NE(bad.fault(), "") << i << " of\n" << text_of(bad.program);
    }
  }
}

TEST(Check, AJoinMayHaveNothingApart) {
  Sample s;
  s.add(Join{s.value(5), {}, s.value(5)});
  EXPECT_EQ(s.fault(), "");
  std::get<Join>(s.program.ops[0]).running = {};
  EXPECT_EQ(s.fault(), "program: op 0, join: running lies outside the scratch");
}

TEST(Check, RefusesIdsThatWereChosenByNoRouter) {
  Sample none = experts();
  none.program.ops.erase(none.program.ops.begin());
  EXPECT_EQ(none.fault(), "program: op 0, its ids were chosen by no router");
  Sample other = experts();
  std::get<Route>(other.program.ops[0]).ids = other.value(2);
  EXPECT_EQ(other.fault(), "program: op 1, its ids were chosen by no router");
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
  s.program.result = {};  // another device has it
  EXPECT_EQ(s.fault(), "");
}

// ---- weights

TEST(Check, PiecesHaveTheBytesOfTheShape) {
  const std::vector<uint8_t> bytes(1000);
  const auto fine = [&](uint64_t columns, uint64_t rows, uint64_t stride, std::vector<Piece> pieces) {
    return bool(check(WeightSource{quant::Format::Q4_0, columns, rows, pieces, stride}));
  };
  const auto piece = [&](size_t size, uint64_t rows) {
    return Piece{std::span(bytes).first(size), rows};
  };
  EXPECT_TRUE(fine(64, 3, 0, {piece(108, 3)}));
  EXPECT_TRUE(fine(64, 3, 36, {piece(72, 2), piece(36, 1)}));
  EXPECT_TRUE(fine(64, 3, 90, {piece(126, 2), piece(36, 1)}));
  EXPECT_FALSE(fine(64, 3, 90, {piece(180, 2), piece(36, 1)}));  // more than the last row
  EXPECT_FALSE(fine(64, 3, 0, {piece(107, 3)}));
  EXPECT_FALSE(fine(64, 3, 35, {piece(107, 3)}));
  EXPECT_FALSE(fine(64, 4, 0, {piece(108, 3)}));
  EXPECT_FALSE(fine(64, 0, 0, {}));
  EXPECT_FALSE(fine(64, 3, 0, {piece(108, 3), piece(0, 0)}));
  EXPECT_FALSE(fine(33, 1, 0, {piece(36, 1)}));
  EXPECT_FALSE(fine(32, ~0ull / 4, 0, {piece(1000, ~0ull / 4)}));
  EXPECT_FALSE(fine(32, 3, ~0ull / 2, {piece(18, 3)}));
}

// ---- Steps

struct Rowed {
  std::vector<int32_t> tokens = {1, 2};
  std::vector<uint32_t> positions = {0, 1}, sequences = {0, 0}, wanted = {1}, pages = {7};
  std::vector<float> angles = std::vector<float>(8), factors = {1, 1};
  std::span<const uint32_t> tables[2];
  size_t table_count = 2;
  SequenceView view{{}, 0, 2};
  std::span<const float> table;
  Ring small{6}, large{12};
  std::vector<Ring*> rings = {&small, &large};

  std::string fault(const Program& p) {
    tables[0] = tables[1] = pages;
    view.pages = std::span(tables).first(table_count);
    table = angles;
    const Status ok =
        check(p, Step{tokens, positions, sequences, {&view, 1}, wanted, {&table, 1}, factors, rings});
    return ok ? "" : one_line(ok.error());
  }
};

TEST(Check, StepsFitTheProgram) {
  Sample s;
  s.cache(2, 3, 4);
  s.program.caches[0].table = 1;
  s.add(Embed{s.weight(6, 3), s.value(6)});
  s.add(Rope{s.value(6), 6, 4, 0});
  s.add(ScaleRows{s.value(6)});
  s.add(Send{s.value(6), 1});
  s.add(Receive{s.value(6, Rows::wanted), 0});
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
  EXPECT_NE(fault([](Rowed& r) { r.table_count = 1; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.view.length = 65; }), "");
  EXPECT_EQ(fault([](Rowed& r) { r.rings = {&r.small}; }), "step: it lacks a ring");
  EXPECT_EQ(fault([](Rowed& r) { r.rings[0] = nullptr; }), "step: it lacks a ring");
  EXPECT_EQ(fault([](Rowed& r) { r.rings[1] = &r.small; }), "step: its rows do not fit into a ring");
  EXPECT_NE(fault([](Rowed& r) { r.angles.resize(7); }), "");
  EXPECT_NE(fault([](Rowed& r) { r.factors = {1}; }), "");
  EXPECT_NE(fault([](Rowed& r) { r.tokens = {1, 1, 1}, r.positions = r.sequences = {0, 0, 0}; }), "");
}

}  // namespace
}  // namespace straddle::ops
