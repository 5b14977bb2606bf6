// What an Engine owns.
#pragma once
#include <vector>

#include "engine/devices.h"
#include "engine/engine.h"
#include "engine/page_table.h"
#include "ops/device.h"

namespace straddle::engine {

struct Sequence {
  std::vector<PageTable> tables;                      // in the order of model::windows
  std::vector<std::span<const uint32_t>> page_views;  // of them
  std::vector<int32_t> tokens;                        // so far; room for the whole context
  uint32_t kept = 0;                                  // where keep() was called; 0: nowhere
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
