// What holds for every device: weights of pieces, and several Programs over the same caches and states.
#include <gtest/gtest.h>

#include <cstring>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

constexpr uint32_t kColumns = 256, kRows = 20;

// A weight in pieces of some rows each, cut out of rows that are longer by `before` and `behind` bytes.
struct Scattered {
  std::vector<std::vector<uint8_t>> bytes;
  std::vector<ops::Piece> pieces;
  ops::WeightSource source;

  Scattered(const TestWeight& w, const std::vector<uint64_t>& rows, uint64_t before, uint64_t behind) {
    const uint64_t row = w.bytes.size() / w.rows, stride = before + row + behind;
    uint64_t done = 0;
    for (const uint64_t count : rows) {
      auto& piece = bytes.emplace_back(count * stride, uint8_t(0xa5));
      for (uint64_t r = 0; r < count; ++r, ++done)
        std::memcpy(&piece[r * stride + before], &w.bytes[done * row], row);
    }
    for (size_t i = 0; i < rows.size(); ++i)
      pieces.push_back({std::span(bytes[i]).subspan(before, (rows[i] - 1) * stride + row), rows[i]});
    source = {w.format, w.columns, w.rows, pieces, stride, "scattered"};
  }
};

// A Program that looks up rows of a weight, multiplies with it, and takes it for floats.
Result<uint32_t> record_readers(ops::Device& device, const ops::WeightSource& source,
                                const TestWeight& inputs, const ops::OnPacked& on_packed = {}) {
  constexpr uint32_t kAll = kColumns * kRows;
  ops::Program p;
  const ops::Value out{0, 2 * kAll, 0, 2 * kAll}, x{2 * kAll, kAll, 0, kAll};
  const auto weight = [&] { return ops::Weight{*device.load(source), source.format, kColumns, kRows}; };
  const ops::Weight table{*load(device, inputs), inputs.format, kAll, uint32_t(inputs.rows)};
  p.ops = {ops::Embed{table, x}, ops::Multiply{x, {}, out.columns(0, kAll), weight()},
           ops::Embed{weight(), out.columns(kAll, kColumns)},
           ops::MatMul{x.columns(0, kColumns), out.columns(kAll + kColumns, kRows), weight()}};
  p.row_floats = 3 * kAll;
  p.result = out;
  p.max_rows = p.max_wanted = 2;
  return device.record(p, on_packed);
}

const TestWeight& inputs() {
  static const TestWeight w = float_weight(random_floats(2 * kColumns * kRows, 1), kColumns * kRows);
  return w;
}

class Pieces : public ::testing::TestWithParam<quant::Format> {
 protected:
  TestWeight weight = random_weight(GetParam(), kColumns, kRows, 7);
};

TEST_P(Pieces, AreReadAsIfTheyWereOne) {
  const Scattered one(weight, {kRows}, 0, 0), some(weight, {5, 5, 5, 5}, 0, 0),
      uneven(weight, {1, 12, 7}, 0, 0), columns(weight, {kRows}, 64, 128), all(weight, {3, 17}, 128, 32);
  for (size_t d = 0; d < made_devices().size(); ++d) {
    std::vector<float> want;
    for (const Scattered* source : {&one, &some, &uneven, &columns, &all}) {
      Made made = std::move(made_devices()[d]);
      ASSERT_TRUE(record_readers(*made.device, source->source, inputs()).has_value());
      const auto got = run(*made.device, plain_step(0, 2));
      if (want.empty()) want = got;
      EXPECT_EQ(difference(got, want), "") << made.name << ", " << source->pieces.size() << " pieces";
    }
  }
}

// The same as of one piece, but floats that are not F32 in one piece take memory of their own.
TEST_P(Pieces, AreHeldAsTheLayoutSays) {
  const Scattered columns(weight, {3, 17}, 64, 128);
  for (const char* isa : cpu_isas()) {
    auto device = *make_cpu({1, isa});
    ops::Held want{.mapped = inputs().bytes.size()};
    for (const auto use : {ops::WeightUse::table, ops::WeightUse::product, ops::WeightUse::floats}) {
      const auto held = *ops::held(*cpu_layout(isa), use, GetParam(), kColumns, kRows);
      want.own += held.own;
      want.mapped += held.mapped;
    }
    if (GetParam() == quant::Format::F32) {
      want.own += weight.bytes.size();
      want.mapped -= weight.bytes.size();
    }
    ASSERT_TRUE(record_readers(*device, columns.source, inputs()).has_value());
    const uint64_t scratch = 2 * 3 * kColumns * kRows * sizeof(float);
    EXPECT_EQ(device->held().mapped, want.mapped) << isa;
    EXPECT_GE(device->held().own, want.own + scratch) << isa;
    EXPECT_LE(device->held().own, want.own + scratch + (128 << 10)) << isa;  // rooms of threads
  }
}

// Each piece of a weight that is packed is told once, and no other; who says no ends the loading.
TEST_P(Pieces, AreToldWhenTheyArePacked) {
  const Scattered source(weight, {3, 17}, 64, 128);
  for (const char* isa : cpu_isas()) {
    auto device = *make_cpu({2, isa});
    std::vector<const uint8_t*> told;
    const auto on_packed = [&](std::span<const uint8_t> bytes) {
      told.push_back(bytes.data());
      return true;
    };
    ASSERT_TRUE(record_readers(*device, source.source, inputs(), on_packed).has_value());
    std::vector<const uint8_t*> want;
    if (quant::packs(*cpu_layout(isa), GetParam()))
      for (const ops::Piece& p : source.pieces) want.push_back(p.bytes.data());
    EXPECT_EQ(told, want) << isa;
    auto other = *make_cpu({2, isa});
    const auto stopped = record_readers(*other, source.source, inputs(), [](auto) { return false; });
    EXPECT_EQ(stopped.has_value(), want.empty()) << isa;
    if (stopped) continue;
    EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
  }
}

INSTANTIATE_TEST_SUITE_P(Some, Pieces,
                         ::testing::Values(quant::Format::F32, quant::Format::F16, quant::Format::Q4_K,
                                           quant::Format::Q8_0, quant::Format::IQ3_S,
                                           quant::Format::NVFP4),
                         [](const auto& one) { return std::string(quant::traits(one.param).name); });

// ---- several Programs

constexpr uint32_t kTokens = 30;

// Attention and a recurrent op over the same inputs, for Steps of up to `rows`.
ops::Program sequence_program(uint32_t rows) {
  ops::Program p;
  const ops::Weight table{0, quant::Format::F32, 48, kTokens};
  const ops::Value x{0, 48, 0, 48}, shifted{48, 16, 0, 16}, out{64, 32, 0, 32}, attended{96, 16, 0, 16};
  p.caches.push_back({0, 1, 16, 16, ops::KvType::f32});
  p.ops = {ops::Embed{table, x},
           ops::KvWrite{x.columns(0, 16), x.columns(16, 16), 0},
           ops::Attend{.queries = x.columns(32, 16), .out = attended, .heads = 1},
           ops::Shift{attended, shifted, ops::State{0, 16}},
           ops::Regroup{shifted, out, 1, 16},
           ops::Regroup{attended, out, 1, 16, 0, 0, 16, 0}};
  p.row_floats = 112;
  p.result = out;
  p.max_rows = p.max_wanted = rows;
  return p;
}

void give(ops::Device& device, const TestWeight& table) {
  ASSERT_TRUE(load(device, table).has_value());
  ASSERT_TRUE(device.make_cache({1, 1, 16, 16, ops::KvType::f32}).has_value());
  ASSERT_TRUE(device.make_state({1, 16}).has_value());
}

std::vector<float> run_program(ops::Device& device, uint32_t program, uint32_t first, uint32_t rows) {
  TestStep step = plain_step(first, rows);
  step.pages = {{0}};
  EXPECT_TRUE(device.run(program, step.step()).has_value());
  return {device.result().begin(), device.result().end()};
}

TEST(Programs, GoOnWhereAnotherHasEnded) {
  const TestWeight table = float_weight(random_floats(kTokens * 48, 3), 48);
  for (size_t d = 0; d < made_devices().size(); ++d) {
    Made one = std::move(made_devices()[d]), several = std::move(made_devices()[d]);
    give(*one.device, table);
    give(*several.device, table);
    EXPECT_EQ(one.device->record(sequence_program(kTokens)).value(), 0u);
    for (const uint32_t rows : {1u, 20u, 4u})  // small, the largest, one between
      ASSERT_TRUE(several.device->record(sequence_program(rows)).has_value());
    const auto want = run_program(*one.device, 0, 0, kTokens);
    std::vector<float> got;
    uint32_t at = 0;
    for (const auto& [program, rows] : {std::pair{1u, 20u}, {0u, 1u}, {2u, 4u}, {0u, 1u}, {2u, 4u}}) {
      const auto some = run_program(*several.device, program, at, rows);
      got.insert(got.end(), some.begin(), some.end());
      at += rows;
    }
    EXPECT_EQ(at, kTokens);
    EXPECT_EQ(difference(got, want), "") << one.name;
    TestStep large = plain_step(0, 5);
    large.pages = {{0}};
    EXPECT_FALSE(several.device->run(2, large.step()).has_value()) << "a Program's own size counts";
  }
}

// The scratch is that of the largest.
TEST(Programs, ShareTheScratch) {
  const TestWeight table = float_weight(random_floats(kTokens * 48, 3), 48);
  for (Made& made : made_devices()) {
    give(*made.device, table);
    ASSERT_TRUE(made.device->record(sequence_program(20)).has_value());
    const uint64_t held = made.device->held().own;
    ASSERT_TRUE(made.device->record(sequence_program(4)).has_value());
    EXPECT_EQ(made.device->held().own, held) << made.name;
    ASSERT_TRUE(made.device->record(sequence_program(21)).has_value());
    EXPECT_GT(made.device->held().own, held) << made.name;
  }
}

}  // namespace
}  // namespace straddle::device::testing
