#include "ops/footprint.h"

#include <algorithm>
#include <type_traits>

#include "ops/visit_operands.h"

namespace straddle::ops {
namespace {

template <class T, class... Ts>
constexpr bool one_of = (std::is_same_v<T, Ts> || ...);

// Ops whose rows may be shared by tasks. What is not named here only waits where it may not need to.
template <class T>
constexpr bool takes_rows =
    one_of<T, Embed, Norm, Join, Rope, ScaleRows, KvWrite, Act, ActGate, ActGateClamped, Route,
           ExpertJoin, ExpertSum, Add, Multiply, AddGroupDot, Scale, Softcap, Regroup, Gather>;

// A ring has one sender and one receiver at a time.
template <class T>
constexpr bool crosses = one_of<T, Send, Receive>;

template <class T>
Cut cut_of(const T&) {
  return takes_rows<T> ? Cut::all_rows : crosses<T> ? Cut::not_at_all : Cut::other;
}

// A visitor of ops::visit_operands. Weights are left out: nothing writes them during a Step.
struct Collect {
  Footprint& out;

  void operator()(const Read& read) const { out.touches.push_back(touch(read.value, false)); }
  void operator()(const Write& write) const {
    if (out.cut == Cut::all_rows) out.cut = by_rows(write.value);
    out.touches.push_back(touch(write.value, true));
  }
  void operator()(const CacheOperand& c) const {
    out.touches.push_back({Touch::Where::cache, c.write, c.cache, c.cache + 1ull});
  }
  // A state is read and written by the same op.
  void operator()(const StateOperand& r) const {
    out.touches.push_back({Touch::Where::state, true, r.state.state, r.state.state + 1ull});
  }
  void operator()(const RingOperand& r) const {
    out.touches.push_back({Touch::Where::ring, true, r.ring, r.ring + 1ull});
  }
  template <class Other>
  void operator()(const Other&) const {}
};

}  // namespace

Footprint footprint(const Program& program, const Op& op) {
  Footprint out;
  out.cut = std::visit([](const auto& one) { return cut_of(one); }, op);
  visit_operands(program, op, Collect{out});
  return out;
}

Cut by_rows(const Value& v) { return v.rows == Rows::all ? Cut::all_rows : Cut::wanted_rows; }

Touch touch(const Value& v, bool write) {
  const auto where = v.rows == Rows::all ? Touch::Where::all : Touch::Where::wanted;
  return {where, write, v.offset, uint64_t(v.offset) + v.pitch, v.column, uint64_t(v.column) + v.width};
}

// Two reads never conflict. Inside one and the same matrix columns tell; where matrices only overlap in
// the scratch, columns of the one are not those of the other, and all of it counts.
bool conflict(const Touch& a, const Touch& b) {
  if (a.where != b.where || !(a.write || b.write)) return false;
  if (a.begin == b.begin && a.end == b.end) return a.column < b.columns_end && b.column < a.columns_end;
  return a.begin < b.end && b.begin < a.end;
}

bool conflict(const Footprint& a, const Footprint& b) {
  if (a.cut == Cut::not_at_all && b.cut == Cut::not_at_all) return false;
  const bool same_rows = a.cut == b.cut && a.cut != Cut::other;
  // Row r of the one is row r of the other only where both lie in the same matrix.
  const auto meet = [&](const Touch& x, const Touch& y) {
    return conflict(x, y) && !(same_rows && x.begin == y.begin && x.end == y.end);
  };
  return std::any_of(a.touches.begin(), a.touches.end(), [&](const Touch& x) {
    return std::any_of(b.touches.begin(), b.touches.end(), [&](const Touch& y) { return meet(x, y); });
  });
}

}  // namespace straddle::ops
