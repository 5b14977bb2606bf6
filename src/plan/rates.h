// How long a device takes for weights and for keys and values, from the figures of its profile. Pure.
#pragma once
#include "plan/plan.h"

namespace straddle::plan {

// ns that a byte of weights of the format takes where `rows` rows meet it. The format's own rate wins,
// then its family's (2..3 bits: less than 4), then the other family's, then the slowest that is there.
// Between the row counts of kRateRows time is linear, beyond the last it grows with the rows.
double ns_per_weight_byte(const DeviceProfile& device, quant::Format format, uint32_t rows);

double ns_per_kv_byte(const DeviceProfile& device, KvFormat format);

// Of `rows` rows that each choose the share `read` of the experts by itself: 1 - (1 - read)^rows are
// read.
double read_by(double read, uint32_t rows);

inline int64_t ns_of_us(double us) { return int64_t(us * 1000 + 0.5); }

}  // namespace straddle::plan
