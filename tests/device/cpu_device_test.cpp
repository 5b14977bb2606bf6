// The CPU as a device: choice of ISA, refusals, nothing allocated in a run, barriers only where needed.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "device/cpu/program.h"
#include "device/cpu_harness.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

// Not inlined: g++ 12 would take malloc for the caller's new. All forms, as sanitizers bring their own.
[[gnu::noinline]] void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(bytes ? bytes : 1);
}
[[gnu::noinline]] void* operator new(size_t bytes) {
  if (void* p = operator new(bytes, std::nothrow)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace straddle::device::testing {
namespace {

constexpr uint32_t kRows = 20;

// A layer of a model with experts, every kind of weight, logits, and values that cross to the device
// itself.
Model layer() {
  Model m;
  const ops::Value x = m.input(random_floats(kRows * 256, 1), 256), normed = m.value(256);
  const ops::Value qkv = m.value(256 + 2 * 64), attended = m.value(256), up = m.value(2 * 256);
  const ops::Value logits = m.value(4), ids = m.value(2), weights = m.value(2), mid = m.value(512);
  const ops::Value running = m.value(512), apart = m.value(512), received = m.value(512);
  const ops::Value last = m.value(256, ops::Rows::wanted), result = m.value(50, ops::Rows::wanted);
  const ops::Weight norm = m.add(float_weight(random_floats(256, 2), 256));
  const auto weight = [&](quant::Format f, uint64_t columns, uint64_t rows) {
    return m.add(random_weight(f, columns, rows, uint32_t(rows)));
  };
  const ops::Weight experts = m.add(random_weight(quant::Format::Q6_K, 256, 4 * 256, 1024), 4);
  const ops::Weight q = weight(quant::Format::Q4_K, 256, 256), k = weight(quant::Format::Q8_0, 256, 64);
  const ops::Weight v = weight(quant::Format::IQ3_S, 256, 64), o = weight(quant::Format::Q4_0, 256, 256);
  const ops::Weight router = weight(quant::Format::F32, 256, 4),
                    head = weight(quant::Format::NVFP4, 256, 50);
  m.cache({3, 1, 64, 64, ops::KvType::f16});
  std::vector<ops::Op> list = {ops::Norm{ops::Norm::Kind::rms, x, normed, norm, {}, 1e-5f, 256},
                               ops::MatMul{normed, qkv.columns(0, 256), q},
                               ops::MatMul{normed, qkv.columns(256, 64), k},
                               ops::MatMul{normed, qkv.columns(320, 64), v},
                               ops::Rope{qkv.columns(0, 320), 64, 64, 0, true, 0},
                               ops::KvWrite{qkv.columns(256, 64), qkv.columns(320, 64), 0},
                               ops::Attend{qkv.columns(0, 256), attended, 0, 4, 0.125f},
                               ops::MatMul{attended, up.columns(0, 256), o},
                               ops::Add{x, up.columns(0, 256), x},
                               ops::MatMul{x, logits, router},
                               ops::Route{logits, ids, weights},
                               ops::ExpertMatMul{x, ids, running, experts, {}, {}, 0, ops::Sum::running},
                               ops::ExpertMatMul{x, ids, apart, experts, {}, {}, 2, ops::Sum::apart},
                               ops::Send{apart, 0},
                               ops::Send{running, 0},
                               ops::Receive{received, 0},
                               ops::ExpertJoin{running, received, ids, mid},
                               ops::Receive{received, 0},
                               ops::ExpertSum{mid, weights, x},
                               ops::Gather{x, last},
                               ops::MatMul{last, result, head},
                               ops::Softcap{result, result, 30}};
  m.program.ops.insert(m.program.ops.end(), list.begin(), list.end());
  m.program.result = result;
  m.program.max_rows = m.program.max_wanted = kRows;
  return m;
}

TestStep layer_step(uint32_t rows) {
  static ops::Ring ring(kRows * 512);  // tests run one after the other
  TestStep s = plain_step(0, rows);
  s.rings = {&ring};
  s.pages = {{2, 0}};
  s.angles.push_back(random_floats(rows * 64, 7));
  return s;
}

TEST(CpuDevice, RunsWithoutAllocating) {
  const Model m = layer();
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), m);
    for (uint32_t rows : {1u, 4u, kRows}) {
      TestStep owner = layer_step(rows);
      const ops::Step step = owner.step();
      const long before = allocations.load();
      const Status done = device->run(0, step);
      const long after = allocations.load();
      ASSERT_TRUE(done.has_value());
      EXPECT_EQ(after - before, 0) << v.name << ", rows " << rows;
    }
  }
}

TEST(CpuDevice, ALayerGivesTheSameBytesEverywhere) {
  const Model m = layer();
  std::vector<float> first;
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), m);
    const std::vector<float> got = run(*device, layer_step(kRows));
    if (first.empty()) first = got;
    EXPECT_EQ(difference(got, first), "") << v.name;
  }
}

// q, k and v share one input: two rules (32 and 256) make two encodings, and no barrier parts the
// three products.
TEST(CpuDevice, InputsAreEncodedOncePerRuleAndProductsOfOneInputRunTogether) {
  const cpu::Recorded r = cpu::arrange(layer().program);
  uint32_t encodings_of_normed = 0, barriers_between_qkv = 0;
  for (const cpu::Encoding& e : r.encodings) encodings_of_normed += e.first >= 2 && e.last <= 4;
  bool first = true;
  for (const cpu::Item& item : r.items) {
    if (item.kind != cpu::Item::Kind::op || item.index < 2 || item.index > 4) continue;
    barriers_between_qkv += !first && item.barrier;
    first = false;
  }
  EXPECT_EQ(encodings_of_normed, 2u);
  EXPECT_EQ(barriers_between_qkv, 0u);
}

TEST(CpuDevice, ForcedIsaIsTheOneThatRuns) {
  ASSERT_GE(cpu_isas().size(), 1u);
  EXPECT_STREQ(cpu_isas()[0], "generic");
  for (const char* isa : cpu_isas()) EXPECT_TRUE(make_cpu({1, isa}).has_value()) << isa;
  const auto refused = make_cpu({1, "sse9"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_NE(one_line(refused.error()).find("generic"), std::string::npos);
}

TEST(CpuDevice, RefusesWhatDoesNotFit) {
  auto device = make_cpu({1, ""});
  ASSERT_TRUE(device.has_value());
  const ops::CacheShape impossible{~0u, ~0u, 1, 1, ops::KvType::f16};
  const auto huge = (*device)->make_cache(impossible);
  ASSERT_FALSE(huge.has_value());
  EXPECT_EQ(huge.error().kind, ErrorKind::no_memory);

  Model wrong = layer();
  wrong.program.row_floats = 5;
  auto other = make_cpu({1, ""});
  for (const TestWeight& w : wrong.weights) ASSERT_TRUE(load(**other, w).has_value());
  EXPECT_FALSE((*other)->record(wrong.program).has_value());
}

TEST(CpuDevice, RefusesTokensOutsideTheTableAndStepsThatAreTooLarge) {
  const auto device = prepare(make_cpu({1, ""}), layer());
  TestStep s = layer_step(2);
  s.tokens[1] = kRows;
  EXPECT_FALSE(device->run(0, s.step()).has_value());
  s.tokens[1] = -1;
  EXPECT_FALSE(device->run(0, s.step()).has_value());
  TestStep large = layer_step(kRows + 1);
  EXPECT_FALSE(device->run(0, large.step()).has_value());
}

// The scratch of A comes back as B, twice as wide: rows of B lie on rows of A that other threads have
// yet to read.
TEST(CpuDevice, ScratchThatComesBackWithAnotherPitchIsWaitedFor) {
  constexpr uint32_t rows = 64;
  Model m;
  const ops::Value x = m.input(random_floats(rows * 32, 1), 32),
                   y = m.input(random_floats(rows * 64, 2), 64);
  const ops::Value c = m.value(32), b = m.value(64), a{b.offset, 32, 0, 32};
  const ops::Weight w = m.add(float_weight(random_floats(32 * 32, 3), 32));
  for (const ops::Op& op :
       {ops::Op(ops::MatMul{x, a, w}), ops::Op(ops::Softcap{a, c, 2}), ops::Op(ops::Scale{y, b, 2})})
    m.program.ops.push_back(op);
  m.program.result = c;
  m.program.max_rows = m.program.max_wanted = rows;
  const auto one = prepare(make_cpu({1, "generic"}), m), four = prepare(make_cpu({4, "generic"}), m);
  const auto want = run(*one, plain_step(0, rows));
  for (int i = 0; i < 20; ++i) ASSERT_EQ(difference(run(*four, plain_step(0, rows)), want), "");
}

TEST(CpuDevice, CountsItsOwnMemory) {
  auto device = make_cpu({1, "generic"});
  const uint64_t before = (*device)->held().own;
  ASSERT_TRUE((*device)->make_state({5, 50}).has_value());
  EXPECT_EQ((*device)->held().own - before, 1000u);
  ASSERT_TRUE((*device)->make_cache({3, 2, 16, 8, ops::KvType::f16}).has_value());
  EXPECT_EQ((*device)->held().own - before, 1000u + 3 * 64 * 2 * (16 + 8) * 2);
}

}  // namespace
}  // namespace straddle::device::testing
