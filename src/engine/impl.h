// What an Engine owns.
#pragma once
#include <vector>

#include "engine/devices.h"
#include "engine/engine.h"
#include "ops/device.h"

namespace straddle::engine {

struct Sequence {
  // By page table, of the whole context; given at load.
  std::vector<std::vector<uint32_t>> pages;
  std::vector<std::span<const uint32_t>> page_views;
  std::vector<int32_t> tokens;  // so far; room for the whole context
  uint32_t kept = 0;            // length at which a copy of the recurrent state was kept
  uint32_t length() const { return uint32_t(tokens.size()); }
};

// Rows that a sequence gets in a Step.
struct Fresh {
  uint32_t sequence;
  size_t rows;
};

// The arrays behind ops::Step, sized at load.
struct StepBuffers {
  std::vector<Fresh> fresh;
  std::vector<uint32_t> positions, sequences, wanted;
  std::vector<std::vector<float>> angles;
  std::vector<std::span<const float>> angle_views;
  std::vector<float> row_factors;
  std::vector<ops::SequenceView> views;
};

// The one that load records for whole Steps.
inline constexpr uint32_t kProgram = 0;

struct Engine::Impl {
  gguf::File file;
  model::Blueprint blueprint;
  plan::Needs needs;
  Devices devices;
  std::vector<Sequence> sequences;
  StepBuffers step;
};

}  // namespace straddle::engine
