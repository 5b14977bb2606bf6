// Random calls of feed, resume and keep on several sequences, refusals among them, against a plain model
// of the engine: lists of tokens and the rules of engine.h. Logits are those that a fresh engine gives
// for the same tokens, to the byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using engine::Engine;
using engine::Wanted;
using Tokens = std::vector<int32_t>;
using Row = std::vector<float>;

constexpr uint32_t kSequences = 3, kContext = 70, kMaxRows = 8, kMaxWanted = 5;  // two pages each

Engine load(const gguf::File& file, const char* device) {
  auto engine = Engine::load(file, {.devices = {device},
                                    .threads = 1,
                                    .context = kContext,
                                    .sequences = kSequences,
                                    .max_rows = kMaxRows,
                                    .max_wanted = kMaxWanted});
  EXPECT_TRUE(engine) << one_line(engine.error());
  return std::move(*engine);
}

// The row after each beginning of a list, by an engine that never goes back.
class Oracle {
 public:
  Oracle(const gguf::File& file, const char* device) : file_(file), device_(device) {}
  const Row& after(const Tokens& tokens) {
    if (!rows_.count(tokens)) compute(tokens);
    return rows_.at(tokens);
  }

 private:
  void compute(const Tokens& tokens) {
    Engine engine = load(file_, device_);
    const size_t width = engine.blueprint().result_width();
    for (size_t at = 0; at < tokens.size(); at += kMaxWanted) {
      const size_t n = std::min<size_t>(kMaxWanted, tokens.size() - at);
      const auto rows = engine.feed(0, std::span(tokens).subspan(at, n), Wanted::all);
      ASSERT_TRUE(rows);
      for (size_t i = 0; i < n; ++i) {
        const auto row = rows->subspan(i * width, width);
        rows_[{tokens.begin(), tokens.begin() + long(at + i + 1)}] = {row.begin(), row.end()};
      }
    }
  }
  const gguf::File& file_;
  const char* device_;
  std::map<Tokens, Row> rows_;
};

// What engine.h says of one sequence.
struct Sequence {
  Tokens tokens;
  size_t kept = 0;

  size_t resume(const Tokens& wanted, bool recurrent) {
    const size_t same =
        size_t(std::mismatch(tokens.begin(), tokens.end(), wanted.begin(), wanted.end()).first -
               tokens.begin());
    if (same < tokens.size()) tokens.resize(!recurrent ? same : kept <= same ? kept : 0);
    kept = std::min(kept, tokens.size());
    return tokens.size();
  }
};

struct Feed {
  Tokens tokens;
  Wanted wanted;
};

class Sequences : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  void SetUp() override {
    const auto [name, device] = GetParam();
    STRADDLE_GOLDEN_OR_SKIP(path, std::string("models/") + name + ".gguf");
    auto file = gguf::File::open(path);
    ASSERT_TRUE(file);
    file_.emplace(std::move(*file));
    engine_.emplace(load(*file_, device));
    oracle_.emplace(*file_, device);
  }

  size_t random(size_t end) { return random_() % end; }  // 0 .. end-1
  Tokens random_tokens(size_t count) {
    Tokens out(count);
    for (int32_t& t : out) t = int32_t(7 + random(2));  // few, so that lists begin alike
    return out;
  }
  Wanted random_wanted() { return std::array{Wanted::none, Wanted::last, Wanted::all}[random(3)]; }

  // Most can be done. Of the rest each is refused for one reason, or for two.
  Feed random_feed(const Sequence& s) {
    const size_t room = kContext - s.tokens.size(), count = random(3 * kMaxRows);
    Feed out{random_tokens(std::min(count, room)), random_wanted()};
    if (out.wanted == Wanted::all && random(4) > 0)
      out.tokens.resize(std::min<size_t>(out.tokens.size(), kMaxWanted));
    const size_t fault = random(12);
    if (fault == 0) out.tokens = random_tokens(room + 1 + random(9));
    if (fault == 1 && !out.tokens.empty()) out.tokens[random(out.tokens.size())] = -1;
    if (fault == 2 && !out.tokens.empty()) out.tokens.back() = int32_t(engine_->blueprint().vocabulary);
    return out;
  }

  bool refused(const Feed& feed, const Sequence& s) const {
    const auto bad = [&](int32_t t) { return t < 0 || t >= int32_t(engine_->blueprint().vocabulary); };
    return s.tokens.size() + feed.tokens.size() > kContext ||
           (feed.wanted == Wanted::all && feed.tokens.size() > kMaxWanted) ||
           std::any_of(feed.tokens.begin(), feed.tokens.end(), bad);
  }

  void expect_rows(std::span<const float> rows, const Sequence& s, size_t count) {
    const size_t width = engine_->blueprint().result_width();
    ASSERT_EQ(rows.size(), count * width);
    for (size_t i = 0; i < count; ++i) {
      const Tokens before(s.tokens.begin(), s.tokens.end() - long(count - 1 - i));
      const auto row = rows.subspan(i * width, width);
      ASSERT_TRUE(testing::same_bytes({row.begin(), row.end()}, oracle_->after(before)))
          << "after " << before.size() << " tokens";
    }
  }

  void feed(uint32_t index) {
    Sequence& s = model_[index];
    const Feed one = random_feed(s);
    const auto rows = engine_->feed(index, one.tokens, one.wanted);
    ASSERT_EQ(rows.has_value(), !refused(one, s)) << (rows ? "" : one_line(rows.error()));
    if (!rows) {
      ASSERT_EQ(rows.error().kind, ErrorKind::bad_input);
      return;
    }
    s.tokens.insert(s.tokens.end(), one.tokens.begin(), one.tokens.end());
    const size_t all = one.tokens.size();
    expect_rows(*rows, s, one.wanted == Wanted::all ? all : one.wanted == Wanted::last ? !!all : 0);
  }

  // A token each for some sequences, in any order.
  void feed_each() {
    std::array<uint32_t, kSequences> order;
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random_);
    const std::span<const uint32_t> some(order.data(), random(kSequences + 1));
    const Tokens tokens = random_tokens(some.size());
    const auto full = [&](uint32_t s) { return model_[s].tokens.size() == kContext; };
    const auto rows = engine_->feed_each(some, tokens);
    ASSERT_EQ(rows.has_value(), std::ranges::none_of(some, full));
    if (!rows) return;
    const size_t width = engine_->blueprint().result_width();
    ASSERT_EQ(rows->size(), some.size() * width);
    for (size_t i = 0; i < some.size(); ++i) {
      model_[some[i]].tokens.push_back(tokens[i]);
      expect_rows(rows->subspan(i * width, width), model_[some[i]], 1);
    }
  }

  void resume(uint32_t index) {
    Sequence& s = model_[index];
    Tokens wanted(s.tokens.begin(), s.tokens.begin() + long(random(s.tokens.size() + 1)));
    const Tokens more = random_tokens(random(6));
    wanted.insert(wanted.end(), more.begin(), more.end());
    const bool recurrent = engine_->blueprint().recurrent();
    ASSERT_EQ(engine_->resume(index, wanted), s.resume(wanted, recurrent));
  }

  void keep(uint32_t index) {
    engine_->keep(index);
    model_[index].kept = model_[index].tokens.size();
  }

  std::mt19937 random_{17};
  std::optional<gguf::File> file_;
  std::optional<Engine> engine_;
  std::optional<Oracle> oracle_;
  std::array<Sequence, kSequences> model_;
};

TEST_P(Sequences, FollowThePlainModel) {
  if (IsSkipped()) return;
  for (int call = 0; call < 150 && !HasFatalFailure(); ++call) {
    SCOPED_TRACE("call " + std::to_string(call));
    const auto index = uint32_t(random(kSequences));
    const size_t what = random(10);
    if (what < 4)
      feed(index);
    else if (what < 6)
      feed_each();
    else if (what < 9)
      resume(index);
    else
      keep(index);
    for (uint32_t s = 0; s < kSequences; ++s) ASSERT_EQ(engine_->length(s), model_[s].tokens.size());
  }
}

// Attention with and without a window, learned positions, experts, and each kind of state.
INSTANTIATE_TEST_SUITE_P(
    Models, Sequences,
    ::testing::Combine(::testing::Values("arch/llama", "arch/gemma2", "small/gpt2", "arch/llama-moe",
                                         "small/mamba", "small/rwkv7", "small/qwen35", "small/lfm2"),
                       ::testing::Values("reference", "cpu")),
    [](const auto& one) {
      return testing::gtest_name(std::string(std::get<0>(one.param)) + "_" + std::get<1>(one.param));
    });

}  // namespace
}  // namespace straddle
