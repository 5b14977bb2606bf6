#include "quant/codebooks.h"

namespace straddle::quant::codebooks {

#include "quant/codebooks.inc"

}  // namespace straddle::quant::codebooks
