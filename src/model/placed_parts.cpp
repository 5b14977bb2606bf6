#include "model/placed_parts.h"

#include <algorithm>

namespace straddle::model {
namespace {

// Devices 1, 2 ... have the first units, home the last.
Place place_of(const PartPlace& part) {
  Place out{.cut = part.cut};
  uint32_t next = 0;
  for (size_t i = 1; i <= part.units.size(); ++i) {
    const auto device = uint32_t(i % part.units.size());
    const uint32_t count = part.units[device];
    if (count > 0) out.pieces.push_back({device, {next, next + count}});
    next += count;
  }
  return out;
}

// The first piece gives its running sum, later ones keep their segments apart until it is their turn.
ops::Sum sum_of(const Place& place, const Place::Piece& piece) {
  return &piece == place.pieces.data() ? ops::Sum::running : ops::Sum::apart;
}

// Sums of all pieces, brought home. Home computes its own first, and only then waits for others.
template <class ComputePiece>
std::vector<ops::Value> sums_of(Builder& b, const Place& place, ComputePiece compute_piece) {
  std::vector<ops::Value> out;
  for (const Place::Piece& piece : place.pieces) {
    b.on(piece.device);
    out.push_back(compute_piece(piece));
  }
  b.on(kHome);
  for (size_t i = 0; i < out.size(); ++i) out[i] = b.bring(out[i], place.pieces[i].device);
  return out;
}

template <class Part>
ops::Value whole_at(Builder& b, const Place& place, const Part& part, SharedValue& in) {
  b.on(place.device());
  return compute(b, part, b.get(in));
}

// joined: the product of the part whose columns its pieces share.
template <class Part>
ops::Value joined_at(Builder& b, const Place& place, const Part& part, const Linear& joined,
                     SharedValue& in) {
  if (place.whole()) return whole_at(b, place, part, in);
  const auto sums = sums_of(b, place, [&](const Place::Piece& piece) {
    return compute(b, units_of(part, place.cut, piece.units, sum_of(place, piece)), b.get(in));
  });
  return b.join(sums, joined);
}

}  // namespace

Place Places::next() { return next_ < placement_.size() ? place_of(placement_[next_++]) : Place{}; }

ops::Value compute_at(Builder& b, const Place& place, const Attention& part, SharedValue& in) {
  return joined_at(b, place, part, part.out, in);
}

ops::Value compute_at(Builder& b, const Place& place, const LatentAttention& part, SharedValue& in) {
  return joined_at(b, place, part, part.out, in);
}

ops::Value compute_at(Builder& b, const Place& place, const ShortConvolution& part, SharedValue& in) {
  return joined_at(b, place, part, part.out, in);
}

ops::Value compute_at(Builder& b, const Place& place, const Mamba& part, SharedValue& in) {
  return whole_at(b, place, part, in);
}

ops::Value compute_at(Builder& b, const Place& place, const DeltaNet& part, SharedValue& in) {
  return joined_at(b, place, part, part.out, in);
}

ops::Value compute_at(Builder& b, const Place& place, const FeedForward& part, SharedValue& in) {
  return joined_at(b, place, part, part.down, in);
}

ops::Value compute_at(Builder& b, const Place& place, const RwkvChannel& part, SharedValue& in) {
  return whole_at(b, place, part, in);
}

ops::Value compute_at(Builder& b, const Place& place, const Experts& part, SharedValue& in,
                      SharedValue& ids) {
  b.on(place.device());
  if (place.whole()) return compute(b, part, b.get(in), b.get(ids));
  const bool by_experts = place.cut == kByExperts;
  const auto sums = sums_of(b, place, [&](const Place::Piece& piece) {
    const ops::Sum sum = by_experts ? ops::Sum::finished : sum_of(place, piece);
    return compute(b, units_of(part, place.cut, piece.units, sum), b.get(in), b.get(ids));
  });
  if (!by_experts) return b.join_experts(sums, part.down, part.down_scale, b.get(ids));
  for (size_t i = 1; i < sums.size(); ++i) b.add(sums[0], sums[i]);  // all but one are zeros
  return sums[0];
}

// Rows of the vocabulary by device, side by side; home writes its own in place.
ops::Value logits_at(Builder& b, const Place& place, SharedValue& in) {
  const Linear& all = b.blueprint.output;
  b.on(place.device());
  if (place.whole()) return b.linear(all, b.get(in));
  const ops::Value out = b.value(all.weight.rows, ops::Rows::wanted);
  std::vector<ops::Value> slices, computed;
  for (const auto& [device, units] : place.pieces) {
    const uint32_t first = units.begin * kOutputRows;
    slices.push_back(out.columns(first, std::min(units.end * kOutputRows, out.width) - first));
    const ops::Value& slice = slices.back();
    b.on(device);
    computed.push_back(device == kHome ? slice : b.value(slice.width, ops::Rows::wanted));
    b.linear(rows_of(all, first, slice.width), b.get(in), computed.back());
  }
  b.on(kHome);
  for (size_t i = 0; i < slices.size(); ++i) {
    const uint32_t device = place.pieces[i].device;
    if (device != kHome) b.bring(computed[i], device, slices[i]);
  }
  return out;
}

}  // namespace straddle::model
