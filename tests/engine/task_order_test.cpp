// Between two waits, threads may do their tasks in any order. Here one thread does them in the worst
// ones, first to last and last to first: an op that should have waited for another reads what is not
// there yet, or what is gone, each time, with no luck of timing. Programs of whole models, all kinds of
// parts.
#include <gtest/gtest.h>

#include <numeric>

#include "device/cpu/record.h"
#include "engine/golden_models.h"
#include "model/model.h"

namespace straddle {
namespace {

using device::cpu::Machine;
using testing::GoldenModel;

constexpr uint32_t kContext = 512, kRows = 40, kPages = 2;

// A machine without threads of its own, its program recorded, its tasks done by `walk`.
class ByHand {
 public:
  ByHand(const GoldenModel& model, int tasks)
      : file_(gguf::File::open(model.file).value()),
        blueprint_(model::describe(file_, {.context = kContext}).value()) {
    machine_.kernels = device::cpu::usable_isas().tables[0];
    machine_.team = ThreadTeam::make(1).value();
    model::DeviceBuffers placed;
    std::vector<uint32_t> buffers;
    for (const auto& tensor : file_.tensors()) buffers.push_back(load(tensor));
    placed.buffers = buffers;
    for (const auto& c : blueprint_.caches) {
      const uint64_t vectors = uint64_t(kPages) * ops::kPageTokens * c.kv_heads;
      const uint32_t keys = alloc(vectors * c.key_size), values = alloc(vectors * c.value_size);
      placed.caches.push_back({keys, values, c.kv_heads, c.key_size, c.value_size, ops::KvType::f32});
    }
    for (uint32_t floats : blueprint_.states) placed.states.push_back({alloc(floats), floats});
    placed.max_rows = placed.max_wanted = kRows;
    const auto recorded = device::cpu::record(machine_, model::forward(blueprint_, placed), {});
    EXPECT_TRUE(recorded);
    machine_.phases = device::cpu::Phases(machine_.recorded.phases.size(), tasks);
  }

  // Results of all tokens, kRows at a time.
  std::vector<float> run(std::span<const int32_t> tokens, bool last_task_first) {
    std::vector<float> out;
    for (uint32_t at = 0; at < tokens.size(); at += kRows) {
      const auto rows = uint32_t(std::min<size_t>(kRows, tokens.size() - at));
      step(tokens.subspan(at, rows), at, last_task_first);
      const ops::Value& result = machine_.recorded.program.result;
      const float* first = machine_.wanted.floats() + size_t(result.offset) * kRows;
      for (uint32_t r = 0; r < rows; ++r) {
        const float* row = first + size_t(r) * result.pitch + result.column;
        out.insert(out.end(), row, row + result.width);
      }
    }
    return out;
  }

 private:
  uint32_t load(const gguf::Tensor& t) {
    auto& m = machine_.buffers.emplace_back().matrix;
    m.format = &quant::traits(t.format);
    m.columns = t.shape[0];
    m.rows = t.elements() / t.shape[0];
    m.row_bytes = t.bytes / m.rows;
    m.file = file_.data(t).data();
    return uint32_t(machine_.buffers.size() - 1);
  }
  uint32_t alloc(uint64_t floats) {
    machine_.buffers.emplace_back().own = device::cpu::Memory::make(floats * sizeof(float)).value();
    return uint32_t(machine_.buffers.size() - 1);
  }

  void step(std::span<const int32_t> tokens, uint32_t start, bool last_task_first) {
    std::vector<uint32_t> positions(tokens.size()), sequences(tokens.size()), wanted(tokens.size());
    std::iota(positions.begin(), positions.end(), start);
    std::iota(wanted.begin(), wanted.end(), 0u);
    std::vector<std::vector<float>> angles;
    for (const auto& rope : blueprint_.ropes) {
      model::rope_angles(rope, positions, angles.emplace_back(tokens.size() * rope.rotated));
    }
    std::vector<float> factors(blueprint_.temperature.scale != 0 ? tokens.size() : 0);
    if (!factors.empty()) model::row_factors(blueprint_.temperature, positions, factors);
    const std::vector<std::span<const float>> angle_views(angles.begin(), angles.end());
    const uint32_t pages[kPages] = {1, 0};
    const ops::SequenceView view{pages, 0, start + uint32_t(tokens.size())};
    walk({tokens, positions, sequences, {&view, 1}, wanted, angle_views, factors}, last_task_first);
  }

  void walk(const ops::Step& step, bool last_task_first) {
    const auto& recorded = machine_.recorded;
    const int tasks = machine_.phases.tasks();
    for (const auto& phase : recorded.phases) {
      for (int i = 0; i < tasks; ++i) {
        device::cpu::Task task{machine_, step, 0, last_task_first ? tasks - 1 - i : i};
        for (uint32_t at = phase.begin; at < phase.end; ++at) perform(task, recorded.items[at]);
      }
    }
  }

  void perform(device::cpu::Task& task, const device::cpu::Item& item) {
    const auto& recorded = machine_.recorded;
    if (item.kind == device::cpu::Item::Kind::encode)
      return device::cpu::perform(task, recorded.encodings[item.index]);
    task.encoding = item.encoding == ops::kNone ? nullptr : &recorded.encodings[item.encoding];
    std::visit([&](const auto& op) { device::cpu::perform(task, op); },
               recorded.program.ops[item.index]);
  }

  gguf::File file_;
  model::Blueprint blueprint_;
  Machine machine_;
};

void expect_same_in_any_order(const GoldenModel& model) {
  const auto want = testing::logits(model, {.context = kContext}, {"cpu", "generic", 1}, 64);
  for (int tasks : {2, 5, 16}) {
    for (bool last_task_first : {false, true}) {
      const auto got = ByHand(model, tasks).run(model.tokens, last_task_first);
      EXPECT_TRUE(testing::same_bytes(got, want))
          << tasks << " tasks, " << (last_task_first ? "last first" : "first to last");
    }
  }
}

class TaskOrder : public ::testing::TestWithParam<std::string> {};

TEST_P(TaskOrder, ChangesNoByte) { expect_same_in_any_order(testing::read_float_model(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Golden, TaskOrder, ::testing::ValuesIn(testing::float_models()),
                         [](const auto& name) { return testing::gtest_name(name.param); });

// Products in block formats share rounded inputs, whose memory is used again and again.
TEST(TaskOrderOfBlocks, ChangesNoByte) {
  for (const GoldenModel& model : testing::read_quant_models()) {
    SCOPED_TRACE(model.name);
    expect_same_in_any_order(model);
  }
}

}  // namespace
}  // namespace straddle
