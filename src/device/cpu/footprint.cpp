#include "device/cpu/footprint.h"

#include <algorithm>

namespace straddle::device::cpu {
namespace {

using namespace ops;

Cut by_rows(const Value& v) { return v.rows == Rows::all ? Cut::all_rows : Cut::wanted_rows; }

class Builder {
 public:
  explicit Builder(Cut cut = Cut::other) { out_.cut = cut; }
  template <class... V>
  Builder& reads(const V&... values) {
    (add(values, false), ...);
    return *this;
  }
  template <class... V>
  Builder& writes(const V&... values) {
    (add(values, true), ...);
    return *this;
  }
  Builder& cache(uint32_t id, bool write) { return id_of(Touch::Where::cache, id, write); }
  Builder& state(const State& s) { return id_of(Touch::Where::buffer, s.buffer, true); }
  operator Footprint() const { return out_; }

 private:
  void add(const Value& v, bool write) {
    if (v.width > 0) out_.touches.push_back(touch(v, write));
  }
  Builder& id_of(Touch::Where where, uint32_t id, bool write) {
    out_.touches.push_back({where, write, id, id + 1});
    return *this;
  }
  Footprint out_;
};

Footprint of(const Embed& o) { return Builder(by_rows(o.out)).reads(o.out).writes(o.out); }
Footprint of(const Norm& o) { return Builder(by_rows(o.in)).reads(o.in).writes(o.out); }
Footprint of(const MatMul& o) { return Builder().reads(o.in).writes(o.out); }
Footprint of(const Rope& o) { return Builder(by_rows(o.value)).writes(o.value); }
Footprint of(const ScaleRows& o) { return Builder(by_rows(o.value)).writes(o.value); }
Footprint of(const KvWrite& o) {
  return Builder(by_rows(o.keys)).reads(o.keys, o.values).cache(o.cache, true);
}
Footprint of(const Attend& o) { return Builder().reads(o.queries).writes(o.out).cache(o.cache, false); }
Footprint of(const Act& o) { return Builder(by_rows(o.in)).reads(o.in).writes(o.out); }
Footprint of(const ActGate& o) { return Builder(by_rows(o.out)).reads(o.gate, o.up).writes(o.out); }
Footprint of(const ActGateClamped& o) {
  return Builder(by_rows(o.out)).reads(o.gate, o.up).writes(o.out);
}
Footprint of(const Route& o) {
  return Builder(by_rows(o.logits)).reads(o.logits).writes(o.ids, o.weights);
}
Footprint of(const ExpertMatMul& o) { return Builder().reads(o.in, o.ids).writes(o.out); }
Footprint of(const ExpertSum& o) { return Builder(by_rows(o.out)).reads(o.in, o.weights).writes(o.out); }
Footprint of(const Add& o) { return Builder(by_rows(o.out)).reads(o.a, o.b).writes(o.out); }
Footprint of(const Multiply& o) { return Builder(by_rows(o.out)).reads(o.a, o.b).writes(o.out); }
Footprint of(const AddGroupDot& o) { return Builder(by_rows(o.out)).reads(o.a, o.b, o.v).writes(o.out); }
Footprint of(const Scale& o) { return Builder(by_rows(o.out)).reads(o.in).writes(o.out); }
Footprint of(const Softcap& o) { return Builder(by_rows(o.out)).reads(o.in).writes(o.out); }
Footprint of(const Regroup& o) { return Builder(by_rows(o.out)).reads(o.in).writes(o.out); }
Footprint of(const Gather& o) { return Builder(by_rows(o.out)).reads(o.in).writes(o.out); }
Footprint of(const Conv& o) { return Builder().reads(o.in).writes(o.out).state(o.state); }
Footprint of(const Shift& o) { return Builder().reads(o.in).writes(o.out).state(o.state); }
Footprint of(const ScanMamba& o) {
  return Builder().reads(o.u, o.dt, o.b, o.c).writes(o.out).state(o.state);
}
Footprint of(const ScanDelta& o) {
  return Builder().reads(o.q, o.k, o.v, o.beta, o.decay).writes(o.out).state(o.state);
}
Footprint of(const ScanRwkv& o) {
  return Builder().reads(o.r, o.w, o.k, o.v, o.kk, o.a).writes(o.out).state(o.state);
}

}  // namespace

Footprint footprint(const Op& op) {
  return std::visit([](const auto& o) { return of(o); }, op);
}

Touch touch(const Value& v, bool write) {
  const auto where = v.rows == Rows::all ? Touch::Where::all : Touch::Where::wanted;
  return {where, write, v.offset, v.offset + v.pitch, v.column, v.column + v.width};
}

bool conflict(const Touch& a, const Touch& b) {
  if (a.where != b.where || !(a.write || b.write)) return false;
  if (a.begin == b.begin && a.end == b.end) return a.column < b.columns_end && b.column < a.columns_end;
  return a.begin < b.end && b.begin < a.end;
}

bool conflict(const Footprint& a, const Footprint& b) {
  if (a.cut == b.cut && a.cut != Cut::other) return false;
  return std::any_of(a.touches.begin(), a.touches.end(), [&](const Touch& x) {
    return std::any_of(b.touches.begin(), b.touches.end(),
                       [&](const Touch& y) { return conflict(x, y); });
  });
}

}  // namespace straddle::device::cpu
