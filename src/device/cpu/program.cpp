#include "device/cpu/program.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "device/cpu/kernels.h"
#include "ops/footprint.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

struct Need {
  Value value;
  quant::ActivationFormat rule;
  uint32_t columns;  // of a matrix: slices of the value are encoded by themselves
};

// The encoding that an op reads: products with weights in block formats.
std::optional<Need> need(const Op& op) {
  const auto of = [](const Value& in, const Weight& w) -> std::optional<Need> {
    const auto rule = quant::traits(w.format).activation;
    if (rule == quant::ActivationFormat::float32) return std::nullopt;
    return Need{in, rule, w.columns};
  };
  if (const auto* o = std::get_if<MatMul>(&op)) return of(o->in, o->weight);
  if (const auto* o = std::get_if<ExpertMatMul>(&op)) return of(o->in, o->weight);
  return std::nullopt;
}

bool same(const Value& a, const Value& b) {
  return a.offset == b.offset && a.pitch == b.pitch && a.column == b.column && a.width == b.width &&
         a.rows == b.rows;
}

// The live encoding that serves the need, or none: q, k and v read one, gate and up another.
std::optional<uint32_t> serving(const Recorded& out, const std::vector<uint32_t>& live, const Need& n) {
  for (uint32_t e : live) {
    const Encoding& x = out.encodings[e];
    if (x.rule == n.rule && x.columns == n.columns && same(x.value, n.value)) return e;
  }
  return std::nullopt;
}

// A new encoding for op i. Where the value is encoded by another rule already, it is made together
// with that one: the products that read them then need no barrier between them.
uint32_t add_encoding(Recorded& out, const std::vector<uint32_t>& live, const Need& n, uint32_t i) {
  uint32_t first = i;
  for (uint32_t e : live) {
    if (same(out.encodings[e].value, n.value)) first = std::min(first, out.encodings[e].first);
  }
  out.encodings.push_back({n.value, n.rule, n.columns, first, i});
  return uint32_t(out.encodings.size() - 1);
}

// An encoding lives from its first reader until something writes to its value: what lies in the scratch
// then is another value, even where offset and width are the same.
void find_encodings(Recorded& out, std::vector<uint32_t>& read_by_op) {
  std::vector<uint32_t> live;
  for (uint32_t i = 0; i < out.program.ops.size(); ++i) {
    const Op& op = out.program.ops[i];
    if (const auto n = need(op)) {
      const auto found = serving(out, live, *n);
      const uint32_t e = found ? *found : add_encoding(out, live, *n, i);
      if (!found) live.push_back(e);
      out.encodings[e].last = i;
      read_by_op[i] = e;
    }
    const Footprint f = footprint(out.program, op);
    std::erase_if(live, [&](uint32_t e) {
      const Touch read = touch(out.encodings[e].value, false);
      return std::any_of(f.touches.begin(), f.touches.end(),
                         [&](const Touch& t) { return conflict(t, read); });
    });
  }
}

uint64_t row_bytes(const Encoding& e) {
  const uint64_t runs = e.value.width / e.columns, units = (e.columns + 255) / 256;
  return runs * units * sizeof(EncodedUnit);
}

// Gives each encoding a place that no other uses while it lives: the first gap that fits. So the memory
// of encodings stays as small as a layer needs, and in the cache. Others may come back to the same bytes
// later, which is why encodings have a Touch of their own and barriers are found for them too.
void place_encodings(Recorded& out) {
  std::vector<const Encoding*> placed;
  for (Encoding& e : out.encodings) {
    e.row_bytes = row_bytes(e);
    const auto bytes = [&](const Encoding& x) {
      return x.row_bytes * (x.value.rows == Rows::all ? out.program.max_rows : out.program.max_wanted);
    };
    std::sort(placed.begin(), placed.end(), [](auto* a, auto* b) { return a->offset < b->offset; });
    for (const Encoding* other : placed) {
      if (other->last < e.first || e.last < other->first || other->offset + bytes(*other) <= e.offset)
        continue;
      if (other->offset >= e.offset + bytes(e)) break;
      e.offset = other->offset + bytes(*other);
    }
    out.encoded_bytes = std::max(out.encoded_bytes, e.offset + bytes(e));
    placed.push_back(&e);
  }
}

Touch touch(const Recorded& r, uint32_t encoding, bool write) {
  const Encoding& e = r.encodings[encoding];
  const uint64_t rows = e.value.rows == Rows::all ? r.program.max_rows : r.program.max_wanted;
  return {Touch::Where::own, write, e.offset, e.offset + e.row_bytes * rows};
}

// Appends an item, with a barrier where it meets what was done since the last one. What came before that
// barrier is done by then and need not be looked at.
class Arranger {
 public:
  explicit Arranger(Recorded& out) : out_(out) {}
  void add(Item item, Footprint f) {
    item.barrier =
        std::any_of(since_.begin(), since_.end(), [&](const Footprint& g) { return conflict(f, g); });
    if (item.barrier) since_.clear();
    since_.push_back(std::move(f));
    out_.items.push_back(item);
  }

 private:
  Recorded& out_;
  std::vector<Footprint> since_;
};

// A phase begins at each barrier. About eight per layer of a Llama (docs/cpu.md);
// tests/engine/phases_test holds their number for each kind of model.
void cut_phases(Recorded& out) {
  for (uint32_t i = 0; i < out.items.size(); ++i) {
    if (out.phases.empty() || out.items[i].barrier) out.phases.push_back({i, i});
    out.phases.back().end = i + 1;
  }
}

}  // namespace

Recorded arrange(Program program) {
  Recorded out;
  out.program = std::move(program);
  std::vector<uint32_t> read_by_op(out.program.ops.size(), kNone);
  find_encodings(out, read_by_op);
  place_encodings(out);

  std::vector<uint32_t> by_first(out.encodings.size());
  std::iota(by_first.begin(), by_first.end(), 0u);
  std::stable_sort(by_first.begin(), by_first.end(), [&](uint32_t a, uint32_t b) {
    return out.encodings[a].first < out.encodings[b].first;
  });
  Arranger arranger(out);
  size_t next = 0;
  for (uint32_t i = 0; i < out.program.ops.size(); ++i) {
    const uint32_t e = read_by_op[i];
    for (; next < by_first.size() && out.encodings[by_first[next]].first == i; ++next) {
      const Value& value = out.encodings[by_first[next]].value;
      arranger.add({Item::Kind::encode, false, by_first[next], kNone},
                   {{touch(value, false), touch(out, by_first[next], true)}, by_rows(value)});
    }
    Footprint f = footprint(out.program, out.program.ops[i]);
    if (e != kNone) f.touches.push_back(touch(out, e, false));
    arranger.add({Item::Kind::op, false, i, e}, std::move(f));
  }
  cut_phases(out);
  return out;
}

}  // namespace straddle::device::cpu
