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
ops::Value compute(Builder& b, const Experts& part, ops::Value in, ops::Value router_in);

// RWKV's parts: `first` holds the values of layer 0 for the layers above.
ops::Value compute(Builder& b, const RwkvTime& part, ops::Value in, ops::Value first);
ops::Value compute(Builder& b, const RwkvChannel& part, ops::Value in);

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
