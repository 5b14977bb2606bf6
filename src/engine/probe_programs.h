// Small Programs on a CPU device whose Steps are timed: what a probe measures.
#pragma once
#include <vector>

#include "device/device.h"
#include "quant/quant.h"

namespace straddle::engine {

inline constexpr uint32_t kMostRows = 128;  // of a Step

// One matrix of random weights, or several in a row, each reading what the one before wrote.
class Products {
 public:
  struct Shape {
    const quant::Traits* format;
    uint32_t columns, rows;
    uint32_t matrices = 1;  // more than one: as many rows as columns
    uint32_t most_rows = 8;
  };
  static Result<Products> make(const device::CpuOptions& options, const Shape& shape);

  Result<double> seconds(uint32_t rows);  // of a Step
  uint64_t bytes() const { return bytes_; }
  double multiply_adds() const { return values_; }  // of a row

 private:
  explicit Products(ops::OwnDevice device) : device_(std::move(device)) {}
  ops::OwnDevice device_;
  std::vector<uint8_t> weights_, inputs_;
  uint64_t bytes_ = 0;
  double values_ = 0;
};

// Keys and values of `layers` caches of f16, full to `tokens`, and a token that looks at all of them:
// 32 heads of 128 that share 8 of keys and values, as in models of 8 to 70 B.
class Attention {
 public:
  static Result<Attention> make(const device::CpuOptions& options, uint32_t layers, uint32_t tokens);

  Result<double> seconds();
  uint64_t bytes() const;  // of keys and values

 private:
  explicit Attention(ops::OwnDevice device) : device_(std::move(device)) {}
  Status record();
  Status fill();
  ops::OwnDevice device_;
  uint32_t layers_ = 0, tokens_ = 0;
  std::vector<uint8_t> inputs_;
};

}  // namespace straddle::engine
