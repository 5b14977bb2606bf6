// Between two waits, threads may do their tasks in any order. Here one thread does them in the worst
// ones, first to last and last to first: an op that should have waited for another reads what is not
// there yet, or what is gone, each time, with no luck of timing. Programs of whole models, all kinds of
// parts.
#include <gtest/gtest.h>

#include <numeric>

#include "device/cpu/record.h"
#include "engine/golden_models.h"
#include "engine/weights.h"
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
    auto [weights, program, stages] =
        std::move(model::forward(blueprint_, {}, 1, {kRows, kRows, ops::KvType::f32})[0]);
    const auto take = [&](const ops::WeightSource& source) { return load(machine_, source); };
    EXPECT_TRUE(engine::load_weights(file_, weights, take));
    for (const auto& c : program.caches)
      EXPECT_TRUE(make_cache(machine_, {kPages, c.kv_heads, c.key_size, c.value_size, c.type}));
    for (const auto& state : program.states) EXPECT_TRUE(make_state(machine_, {1, state.floats}));
    EXPECT_TRUE(record(machine_, std::move(program), {}));
    prepared().phases = device::cpu::Phases(recorded().phases.size(), tasks);
  }

  // Results of all tokens, kRows at a time.
  std::vector<float> run(std::span<const int32_t> tokens, bool last_task_first) {
    std::vector<float> out;
    for (uint32_t at = 0; at < tokens.size(); at += kRows) {
      const auto rows = uint32_t(std::min<size_t>(kRows, tokens.size() - at));
      step(tokens.subspan(at, rows), at, last_task_first);
      const ops::Value& result = recorded().program.result;
      const float* first = machine_.scratch.wanted.floats() + size_t(result.offset) * kRows;
      for (uint32_t r = 0; r < rows; ++r) {
        const float* row = first + size_t(r) * result.pitch + result.column;
        out.insert(out.end(), row, row + result.width);
      }
    }
    return out;
  }

 private:
  device::cpu::Prepared& prepared() { return machine_.programs[0]; }
  const device::cpu::Recorded& recorded() { return prepared().recorded; }

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
    const std::vector<std::span<const uint32_t>> tables(model::windows(blueprint_).size(), pages);
    const ops::SequenceView view{tables, 0, start + uint32_t(tokens.size())};
    walk({tokens, positions, sequences, {&view, 1}, wanted, angle_views, factors, {}}, last_task_first);
  }

  void walk(const ops::Step& step, bool last_task_first) {
    const int tasks = prepared().phases.tasks();
    for (const auto& phase : recorded().phases) {
      for (int i = 0; i < tasks; ++i) {
        device::cpu::Task task{machine_, prepared(), step, 0, last_task_first ? tasks - 1 - i : i};
        for (uint32_t at = phase.begin; at < phase.end; ++at) perform(task, recorded().items[at]);
      }
    }
  }

  void perform(device::cpu::Task& task, const device::cpu::Item& item) {
    const auto& recorded = prepared().recorded;
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
