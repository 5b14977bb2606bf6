// Weights of a model that has learnt nothing, made as fast as a disk takes them.
//
// Quantizing random numbers takes longer than writing them. So a million values are quantized once per
// format and spread, by the same code that quantizes models, and each block of 256 values of a tensor
// (or of 32) is one of those, drawn at random. A file compresses a little; memory and caches see bytes
// as those of any model, and scales as large.
#pragma once
#include <map>

#include "base/threads.h"
#include "store/shape.h"

namespace straddle::store {

class RandomWeights {
 public:
  RandomWeights(uint64_t seed, ThreadTeam& team) : seed_(seed), team_(team) {}

  // Hands out the tensor's data in pieces of at most 32 MiB. The same bytes with any number of threads.
  Status write(const Shape& shape, const ShapeTensor& tensor, quant::Format format,
               const std::function<Status(std::span<const uint8_t>)>& sink);

 private:
  // Values of one format and spread to draw from.
  struct Bank {
    std::vector<uint8_t> blocks;
    uint64_t draw_values = 0, draw_bytes = 0;  // what is drawn at once
  };
  struct Spread {
    float mean, deviation;
    auto operator<=>(const Spread&) const = default;
  };
  static Spread spread_of(const ShapeTensor& tensor);
  const Bank& bank_of(quant::Format format, Spread spread);
  void draw(const Bank& bank, uint64_t seed, std::span<uint8_t> out);

  const uint64_t seed_;
  ThreadTeam& team_;
  std::map<std::pair<quant::Format, Spread>, Bank> banks_;
  std::vector<uint8_t> piece_;
};

}  // namespace straddle::store
