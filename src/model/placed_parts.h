// A part where a Placement has it: its pieces computed by their devices, and joined where the part
// stands.
#pragma once
#include "model/parts/parts.h"

namespace straddle::model {

inline constexpr uint32_t kHome = 0;

// Where one part is.
struct Place {
  struct Piece {
    uint32_t device;
    Units units;
  };
  uint32_t cut = 0;
  std::vector<Piece> pieces;  // in the order of their units; none where it is whole at home
  bool whole() const { return pieces.size() <= 1; }
  // The device of all of it, else home: what stands around the part is there.
  uint32_t device() const { return pieces.size() == 1 ? pieces[0].device : kHome; }
};

// Walks a placement in step with parts(). The placement must live as long.
class Places {
 public:
  explicit Places(const Placement& placement) : placement_(placement) {}
  Place next();

 private:
  const Placement& placement_;
  size_t next_ = 0;
};

// Each gives its value at place.device(), which the builder is on then; `in` may be anywhere.

ops::Value compute_at(Builder& b, const Place& place, const Attention& part, SharedValue& in);
ops::Value compute_at(Builder& b, const Place& place, const LatentAttention& part, SharedValue& in);
ops::Value compute_at(Builder& b, const Place& place, const ShortConvolution& part, SharedValue& in);
ops::Value compute_at(Builder& b, const Place& place, const Mamba& part, SharedValue& in);
ops::Value compute_at(Builder& b, const Place& place, const DeltaNet& part, SharedValue& in);
ops::Value compute_at(Builder& b, const Place& place, const FeedForward& part, SharedValue& in);
ops::Value compute_at(Builder& b, const Place& place, const RwkvChannel& part, SharedValue& in);
// What the experts of a row give, a slice each.
ops::Value compute_at(Builder& b, const Place& place, const Experts& part, SharedValue& in,
                      SharedValue& ids);
// Of the wanted rows.
ops::Value logits_at(Builder& b, const Place& place, SharedValue& in);

}  // namespace straddle::model
