// Programs for tests: weights made up, one Embed that brings the inputs in, and a list of ops.
#pragma once
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "device/device.h"

namespace straddle::device::testing {

struct TestWeight {
  quant::Format format;
  uint64_t columns, rows;
  std::vector<uint8_t> bytes;
};

// Everything that one device must be given.
struct Model {
  std::vector<TestWeight> weights;
  std::vector<ops::CacheShape> caches;
  std::vector<ops::StateShape> states;
  ops::Program program;

  ops::Weight add(TestWeight w, uint32_t matrices = 1);
  uint32_t cache(const ops::CacheShape& shape);  // its index in the Program
  ops::State state(uint32_t floats);             // two slots
  // A value of `width` columns at the end of the rows' scratch.
  ops::Value value(uint32_t width, ops::Rows rows = ops::Rows::all);
  // Embeds row `token` of floats [entries][width] into a new value.
  ops::Value input(const std::vector<float>& floats, uint32_t width);
};

std::vector<float> random_floats(size_t count, uint32_t seed, float spread = 1);
TestWeight float_weight(const std::vector<float>& values, uint64_t columns);
// Random bits in every field; blocks that are not finite or above 100 are drawn again.
TestWeight random_weight(quant::Format format, uint64_t columns, uint64_t rows, uint32_t seed);

// A Step's owner. Rows: token, position, sequence.
struct TestStep {
  std::vector<int32_t> tokens;
  std::vector<uint32_t> positions, sequences, wanted;
  std::vector<std::vector<uint32_t>> pages;  // of a sequence, in every table
  std::vector<std::span<const uint32_t>> page_spans;
  std::vector<ops::SequenceView> views;
  std::vector<std::vector<float>> angles;
  std::vector<std::span<const float>> angle_spans;
  std::vector<float> factors;
  std::vector<ops::Ring*> rings;
  ops::Step step();
};

// Rows 0 .. rows-1 as tokens first.. of one sequence at the same positions, all wanted.
TestStep plain_step(uint32_t first, uint32_t rows);

// A weight in one piece.
Result<uint32_t> load(ops::Device& device, const TestWeight& weight);
// A device with the setup recorded as Program 0. Aborts the test with the error's line.
ops::OwnDevice prepare(Result<ops::OwnDevice> device, const Model& setup);
std::vector<float> run(ops::Device& device, TestStep step);  // Program 0

// "avx2, 3 threads", and the device.
struct Variant {
  std::string name;
  CpuOptions options;
};
std::vector<Variant> variants();

// The reference, and the CPU on every ISA with three threads.
struct Made {
  std::string name;
  ops::OwnDevice device;
};
std::vector<Made> made_devices();

// The error (NMSE) against the truth lies between `least` and `most`, and the truth is not one value
// over and over: a test that has become easy fails as one that has become hard.
struct Bounds {
  double least, most;
};
void expect_near(const std::vector<float>& got, std::span<const float> truth, const Bounds& bounds,
                 const std::string& name);

// Bytes equal, NaN equal to NaN. The first difference, or an empty string.
std::string difference(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace straddle::device::testing
