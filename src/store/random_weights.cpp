#include "store/random_weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "store/made_file.h"
#include "store/parallel_for.h"

namespace straddle::store {
namespace {

constexpr uint64_t kBankValues = 1 << 20, kChunkValues = 1 << 14;
constexpr uint64_t kPieceDraws = 1 << 15, kChunkDraws = 1 << 10;

// SplitMix64: one multiplication chain per number, and any seed is a good one.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  // Nearly normal, between -3.47 and 3.47: the sum of four even numbers.
  float normal() {
    const uint64_t bits = next();
    const auto sum =
        float((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    return (sum / 65535 - 2) * std::numbers::sqrt3_v<float>;
  }

 private:
  uint64_t state_;
};

uint64_t seed_of(uint64_t seed, std::string_view name) {
  for (const char c : name) seed = (seed ^ uint8_t(c)) * 0x100000001b3;
  return Random(seed).next();
}

uint64_t count_of(const ShapeTensor& tensor) {
  uint64_t count = 1;
  for (const uint64_t size : tensor.shape) count *= size;
  return count;
}

// The factors of llama 3: slow angles are divided, fast ones are not, a ramp lies between.
std::vector<float> llama3_factors(const Shape& shape, uint64_t count) {
  constexpr double kLow = 1, kHigh = 4, kOriginalContext = 8192;
  const double factor = shape.rope_factor();
  std::vector<float> out;
  for (uint64_t i = 0; i < count; ++i) {
    const double wave = 2 * std::numbers::pi * std::pow(shape.rope_base, double(i) / double(count));
    const double smooth = std::clamp((kOriginalContext / wave - kLow) / (kHigh - kLow), 0.0, 1.0);
    out.push_back(float(1 / ((1 - smooth) / factor + smooth)));
  }
  return out;
}

// Tensors whose values are no weights; empty for all others.
std::vector<float> fixed_values(const Shape& shape, const ShapeTensor& tensor) {
  if (tensor.name == "rope_freqs.weight") return llama3_factors(shape, count_of(tensor));
  if (tensor.name.starts_with("rope_factors_")) return std::vector<float>(count_of(tensor), 1);
  return {};
}

}  // namespace

// With rows of length 1 / sqrt(columns) what goes in with values around 1 comes out so, and sums over
// layers grow slowly.
RandomWeights::Spread RandomWeights::spread_of(const ShapeTensor& tensor) {
  const std::string_view name = tensor.name;
  if (name.ends_with("norm.weight")) return {1, 0.1f};
  if (name.ends_with("ssm_a")) return {-1, 0.2f};  // below 0, or states would grow
  if (name.ends_with(".bias")) return {0, 0.05f};
  if (name.ends_with("attn_sinks.weight")) return {0, 1};
  return {0, float(1 / std::sqrt(double(tensor.shape[0])))};
}

const RandomWeights::Bank& RandomWeights::bank_of(quant::Format format, Spread spread) {
  Bank& bank = banks_[{format, spread}];
  if (!bank.blocks.empty()) return bank;
  const auto& traits = quant::traits(format);
  bank.draw_values = std::max<uint64_t>(32, traits.block_values);
  bank.draw_bytes = bank.draw_values / traits.block_values * traits.block_bytes;
  bank.blocks.resize(kBankValues / bank.draw_values * bank.draw_bytes);
  const uint64_t chunk_bytes = kChunkValues / bank.draw_values * bank.draw_bytes;
  std::vector<std::vector<float>> buffers(kBankValues / kChunkValues, std::vector<float>(kChunkValues));
  parallel_for(team_, kBankValues / kChunkValues, [&](uint64_t chunk, size_t) {
    Random random(seed_ + chunk);
    for (float& value : buffers[chunk]) value = spread.mean + spread.deviation * random.normal();
    traits.quantize(buffers[chunk].data(), nullptr, bank.blocks.data() + chunk * chunk_bytes,
                    kChunkValues);
  });
  return bank;
}

void RandomWeights::draw(const Bank& bank, uint64_t seed, std::span<uint8_t> out) {
  const uint64_t draws = kBankValues / bank.draw_values, chunk_bytes = kChunkDraws * bank.draw_bytes;
  parallel_for(team_, (out.size() + chunk_bytes - 1) / chunk_bytes, [&](uint64_t chunk, size_t) {
    Random random(seed_of(seed, std::to_string(chunk)));
    const uint64_t end = std::min<uint64_t>(out.size(), (chunk + 1) * chunk_bytes);
    for (uint64_t at = chunk * chunk_bytes; at < end; at += bank.draw_bytes) {
      const uint8_t* drawn = bank.blocks.data() + random.next() % draws * bank.draw_bytes;
      std::copy_n(drawn, std::min(bank.draw_bytes, end - at), out.data() + at);
    }
  });
}

Status RandomWeights::write(const Shape& shape, const ShapeTensor& tensor, quant::Format format,
                            const std::function<Status(std::span<const uint8_t>)>& sink) {
  if (const auto fixed = fixed_values(shape, tensor); !fixed.empty()) {
    return sink({reinterpret_cast<const uint8_t*>(fixed.data()), fixed.size() * sizeof(float)});
  }
  const Bank& bank = bank_of(format, spread_of(tensor));
  const uint64_t seed = seed_of(seed_, tensor.name);
  uint64_t left = tensor_bytes(format, tensor.shape[0], count_of(tensor));
  for (uint64_t piece = 0; left > 0; ++piece) {
    piece_.resize(std::min(left, kPieceDraws * bank.draw_bytes));
    draw(bank, seed + piece, piece_);
    TRY(sink(piece_));
    left -= piece_.size();
  }
  return {};
}

}  // namespace straddle::store
