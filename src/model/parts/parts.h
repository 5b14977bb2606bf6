// How each kind of part is computed: appends its ops and returns its output, [rows][width].
// One file per kind; each says at its top how the part may be cut between devices.
#pragma once
#include "model/builder.h"

namespace straddle::model {

ops::Value compute(Builder& b, const Attention& part, ops::Value in);
ops::Value compute(Builder& b, const LatentAttention& part, ops::Value in);
ops::Value compute(Builder& b, const ShortConvolution& part, ops::Value in);
ops::Value compute(Builder& b, const Mamba& part, ops::Value in);
ops::Value compute(Builder& b, const DeltaNet& part, ops::Value in);
ops::Value compute(Builder& b, const FeedForward& part, ops::Value in);
ops::Value compute(Builder& b, const Experts& part, ops::Value in, ops::Value router_in);

// RWKV's parts: `first` holds the values of layer 0 for the layers above.
ops::Value compute(Builder& b, const RwkvTime& part, ops::Value in, ops::Value first);
ops::Value compute(Builder& b, const RwkvChannel& part, ops::Value in);

}  // namespace straddle::model
