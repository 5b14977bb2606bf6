// How each kind of part is computed: appends its ops and returns its output, [rows][width]; and how it
// may be cut between devices. One file per kind.
#pragma once
#include "model/builder.h"
#include "model/part_list.h"

namespace straddle::model {

ops::Value compute(Builder& b, const Attention& part, ops::Value in);
ops::Value compute(Builder& b, const LatentAttention& part, ops::Value in);
ops::Value compute(Builder& b, const ShortConvolution& part, ops::Value in);
ops::Value compute(Builder& b, const Mamba& part, ops::Value in);
ops::Value compute(Builder& b, const DeltaNet& part, ops::Value in);
ops::Value compute(Builder& b, const FeedForward& part, ops::Value in);

// Which experts a row meets, best first, and how much each counts.
struct Routed {
  ops::Value ids, weights;
};
Routed route(Builder& b, const Experts& part, ops::Value in);
ops::Value compute(Builder& b, const Experts& part, ops::Value in, ops::Value ids);  // [used * width]

// RWKV's parts: `first` holds the values of layer 0 for the layers above.
ops::Value compute(Builder& b, const RwkvTime& part, ops::Value in, ops::Value first);
ops::Value compute(Builder& b, const RwkvChannel& part, ops::Value in);

// Units begin .. end of a cut of the part (as_data), as a smaller part of the same kind. `sum` is what
// it gives of the product that joins its pieces; finished for pieces that are whole experts. A part
// without a units_of has cuts of one unit only.
struct Units {
  uint32_t begin = 0, end = 0;
};
Attention units_of(const Attention& part, uint32_t cut, Units units, ops::Sum sum);
LatentAttention units_of(const LatentAttention& part, uint32_t cut, Units units, ops::Sum sum);
ShortConvolution units_of(const ShortConvolution& part, uint32_t cut, Units units, ops::Sum sum);
DeltaNet units_of(const DeltaNet& part, uint32_t cut, Units units, ops::Sum sum);
FeedForward units_of(const FeedForward& part, uint32_t cut, Units units, ops::Sum sum);
Experts units_of(const Experts& part, uint32_t cut, Units units, ops::Sum sum);

inline constexpr uint32_t kByExperts = 1;  // of the cuts of Experts; 0: by rows

// Its tensors and cuts. The layer, and the norms around the part, are added by parts() (part_list.h). An
// Experts' shared one is a part of its own.
Part as_data(const Attention& part);
Part as_data(const LatentAttention& part);
Part as_data(const ShortConvolution& part);
Part as_data(const Mamba& part);
Part as_data(const DeltaNet& part);
Part as_data(const RwkvTime& part);
Part as_data(const FeedForward& part);
Part as_data(const Experts& part);
Part as_data(const RwkvChannel& part);

}  // namespace straddle::model
