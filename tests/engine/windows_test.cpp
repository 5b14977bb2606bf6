// Layers with a window hold pages for what it sees, however long the context; every byte is as if they
// held all of it. What is all of it: an engine whose Steps may be as long as its context.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <numeric>
#include <random>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "engine/placements.h"
#include "engine/wrapped_device.h"
#include "store/store.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using engine::Engine;
using engine::LoadOptions;
using engine::Wanted;
using Tokens = std::vector<int32_t>;
using Row = std::vector<float>;

constexpr uint32_t kContext = 600, kRows = 16, kSequences = 3;

Engine load(const gguf::File& file, const LoadOptions& options) {
  auto engine = Engine::load(file, options);
  EXPECT_TRUE(engine) << one_line(engine.error());
  return std::move(*engine);
}

// The same with pages for all of the context.
LoadOptions with_all_pages(LoadOptions options) {
  options.max_rows = options.context;
  options.devices = {options.devices[0]};
  options.placement = {};
  options.wrap = {};
  return options;
}

bool has_window(const std::string& path) {
  const auto file = gguf::File::open(path);
  if (!file) return false;
  const auto blueprint = model::describe(*file, {});
  return blueprint && std::ranges::any_of(model::windows(*blueprint), [](uint32_t w) { return w > 0; });
}

std::vector<std::string> models_with_windows() {
  std::vector<std::string> out;
  for (const std::string& name : testing::float_models()) {
    const std::string path = testing::golden("models/" + name + ".gguf");
    if (has_window(path)) out.push_back(path);
  }
  const std::string mxfp4 = testing::golden("models/quant/gpt-oss-mxfp4.gguf");
  if (!mxfp4.empty()) out.push_back(mxfp4);
  return out;
}

Tokens random_tokens(std::mt19937& random, size_t count, uint32_t vocabulary) {
  Tokens out(count);
  for (int32_t& t : out) t = int32_t(random() % vocabulary);
  return out;
}

Row fed(Engine& engine, uint32_t sequence, std::span<const int32_t> tokens, Wanted wanted) {
  const auto rows = engine.feed(sequence, tokens, wanted);
  EXPECT_TRUE(rows) << one_line(rows.error());
  return rows ? Row(rows->begin(), rows->end()) : Row();
}

// Logits of all tokens, fed so many at a time.
Row in_chunks(Engine& engine, std::span<const int32_t> tokens, size_t chunk) {
  Row out;
  for (size_t at = 0; at < tokens.size(); at += chunk) {
    const Row rows =
        fed(engine, 0, tokens.subspan(at, std::min(chunk, tokens.size() - at)), Wanted::all);
    out.insert(out.end(), rows.begin(), rows.end());
  }
  return out;
}

TEST(Windows, GiveTheSameBytesHoweverManyTokensAreFedAtOnce) {
  const auto paths = models_with_windows();
  ASSERT_GE(paths.size(), 3u);
  for (const std::string& path : paths) {
    const auto file = gguf::File::open(path);
    ASSERT_TRUE(file);
    for (const char* device : {"cpu", "reference"}) {
      SCOPED_TRACE(path + " " + device);
      const LoadOptions options{.devices = {device},
                                .threads = 2,
                                .context = kContext,
                                .max_rows = kRows,
                                .max_wanted = kRows};
      Engine all = load(*file, with_all_pages(options)), few = load(*file, options);
      ASSERT_TRUE(few.forgets());
      ASSERT_FALSE(all.forgets());
      std::mt19937 random(3);
      const Tokens tokens = random_tokens(random, 320, few.blueprint().vocabulary);
      const Row want = in_chunks(all, tokens, kRows);
      for (const size_t chunk : {size_t(kRows), size_t(1), size_t(7)}) {
        if (chunk < kRows && options.devices[0] == "reference") continue;  // takes long
        few.resume(0, {});
        EXPECT_TRUE(testing::same_bytes(in_chunks(few, tokens, chunk), want)) << chunk;
      }
    }
  }
}

// ---- feed, resume and keep, on several sequences

// An engine with few pages beside one with all, whose sequences hold the same tokens.
class Pair {
 public:
  Pair(const gguf::File& file, LoadOptions options, uint32_t seed)
      : all_(load(file, with_all_pages(options))), few_(load_failing(file, std::move(options))) {
    random_.seed(seed);
  }

  void call() {
    const uint32_t sequence = random(kSequences), what = random(12);
    if (what < 5)
      feed(sequence);
    else if (what < 7)
      feed_each();
    else if (what < 8)
      fail(sequence);
    else if (what < 10)
      resume(sequence);
    else
      keep(sequence);
    for (uint32_t s = 0; s < kSequences; ++s) ASSERT_EQ(few_.length(s), all_.length(s));
  }
  uint32_t cut_short() const { return cut_short_; }

 private:
  Engine load_failing(const gguf::File& file, LoadOptions options) {
    options.wrap = [this](uint32_t index, ops::OwnDevice inner) {
      return std::make_unique<testing::FailingDevice>(std::move(inner), index, fault_, ops_[index]);
    };
    return load(file, options);
  }
  uint32_t random(size_t end) { return uint32_t(random_() % end); }  // 0 .. end-1
  Tokens some_tokens(uint32_t sequence) {
    const size_t room = kContext - few_.length(sequence);
    return random_tokens(random_, std::min<size_t>(room, random(3 * kRows)), 5);
  }

  void feed(uint32_t sequence) {
    const Tokens more = some_tokens(sequence);
    const Wanted wanted = more.size() <= kRows ? Wanted::all : Wanted::last;
    ASSERT_TRUE(
        testing::same_bytes(fed(few_, sequence, more, wanted), fed(all_, sequence, more, wanted)))
        << more.size() << " tokens to " << few_.length(sequence);
    tokens_[sequence].insert(tokens_[sequence].end(), more.begin(), more.end());
  }

  void feed_each() {
    std::vector<uint32_t> order(kSequences);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random_);
    order.resize(1 + random(kSequences));
    std::erase_if(order, [&](uint32_t s) { return few_.length(s) == kContext; });
    const Tokens tokens = random_tokens(random_, order.size(), 5);
    const auto a = few_.feed_each(order, tokens), b = all_.feed_each(order, tokens);
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(testing::same_bytes({a->begin(), a->end()}, {b->begin(), b->end()}));
    for (size_t i = 0; i < order.size(); ++i) tokens_[order[i]].push_back(tokens[i]);
  }

  // In one Step, which a device does not come to the end of: nothing is lost. After several Steps the
  // place may be an earlier one.
  void fail(uint32_t sequence) {
    Tokens more = some_tokens(sequence);
    if (more.empty()) return;
    if (random(2)) more.resize(std::min<size_t>(more.size(), kRows));
    const uint32_t before = few_.length(sequence);
    fault_ = {0, random(ops_[0] + 1)};
    const auto rows = few_.feed(sequence, more, Wanted::last);
    fault_ = {};
    ASSERT_FALSE(rows);
    ASSERT_LE(few_.length(sequence), before);
    ASSERT_TRUE(more.size() > kRows || few_.length(sequence) == before);
    follow(sequence);
  }

  // Often a little, sometimes far back.
  void resume(uint32_t sequence) {
    const Tokens& had = tokens_[sequence];
    const size_t length = had.size(), back = random(3) ? random(2 * kRows) : random(length + 1);
    const size_t same = length - std::min(back, length);
    Tokens wanted(had.begin(), had.begin() + long(same));
    wanted.push_back(-1);
    const uint32_t at = few_.resume(sequence, wanted);
    ASSERT_LE(at, same);
    ASSERT_TRUE(kept_[sequence] > same || at >= kept_[sequence]);
    cut_short_ += at < same;
    follow(sequence);
  }

  void keep(uint32_t sequence) {
    few_.keep(sequence);
    kept_[sequence] = few_.length(sequence);
  }

  // The other engine can go to any place.
  void follow(uint32_t sequence) {
    const uint32_t length = few_.length(sequence);
    tokens_[sequence].resize(length);
    kept_[sequence] = std::min(kept_[sequence], length);
    ASSERT_EQ(all_.resume(sequence, tokens_[sequence]), length);
  }

  std::mt19937 random_;
  testing::Fault fault_;
  std::array<size_t, 2> ops_ = {};
  Engine all_, few_;
  std::array<Tokens, kSequences> tokens_;
  std::array<uint32_t, kSequences> kept_ = {};
  uint32_t cut_short_ = 0;  // resumes that found less than was the same
};

void check_random_calls(const gguf::File& file, const LoadOptions& options, int calls) {
  Pair pair(file, options, 11);
  for (int call = 0; call < calls && !::testing::Test::HasFatalFailure(); ++call) {
    SCOPED_TRACE("call " + std::to_string(call));
    pair.call();
  }
  EXPECT_GT(pair.cut_short(), 0u);
}

TEST(Windows, GoOnlyWhereTheirKeysAre) {
  for (const std::string& path : models_with_windows()) {
    const auto file = gguf::File::open(path);
    ASSERT_TRUE(file);
    LoadOptions options{.devices = {"cpu"},
                        .threads = 1,
                        .context = kContext,
                        .sequences = kSequences,
                        .max_rows = kRows,
                        .max_wanted = kRows};
    SCOPED_TRACE(path);
    check_random_calls(*file, options, 300);
    options.devices = {"reference"};
    check_random_calls(*file, options, 60);
    const auto blueprint = model::describe(*file, {.context = kContext});
    ASSERT_TRUE(blueprint);
    options.devices = {"cpu", "cpu"};
    options.threads = 2;
    options.placement = testing::whole_parts(*blueprint).back().placement;
    check_random_calls(*file, options, 60);
  }
}

// ---- a chat

struct Turn {
  uint32_t prompt, answer;  // tokens
};

// The template leaves the thoughts of the first answer out: the second prompt is the first one, what
// was said, and more.
void check_dropped_thoughts(Engine& engine, const Turn& turn, uint32_t least) {
  std::mt19937 random(5);
  const uint32_t vocabulary = engine.blueprint().vocabulary;
  const Tokens prompt = random_tokens(random, turn.prompt, vocabulary),
               answer = random_tokens(random, turn.answer, vocabulary);
  engine.resume(0, {});
  fed(engine, 0, prompt, Wanted::none);
  engine.keep(0);
  for (const int32_t& id : answer) fed(engine, 0, {&id, 1}, Wanted::last);
  Tokens next = prompt;
  next.insert(next.end(), answer.end() - 5, answer.end());
  const uint32_t reused = engine.resume(0, next);
  EXPECT_GE(reused, least);
  const Row after = fed(engine, 0, std::span(next).subspan(reused), Wanted::last);
  engine.resume(0, {});
  EXPECT_TRUE(testing::same_bytes(fed(engine, 0, next, Wanted::last), after));
}

TEST(Windows, ThoughtsThatAreDroppedCostNoMoreThanThemselves) {
  for (const std::string& path : models_with_windows()) {
    SCOPED_TRACE(path);
    const auto file = gguf::File::open(path);
    ASSERT_TRUE(file);
    Engine engine =
        load(*file, {.devices = {"cpu"}, .threads = 1, .context = kContext, .max_rows = kRows});
    check_dropped_thoughts(engine, {100, 400}, 100);
    check_dropped_thoughts(engine, {30, 20}, 30);
    check_dropped_thoughts(engine, {256, 300}, 256);
  }
}

// ---- a real model

uint64_t kv_bytes(const Engine& engine) { return engine.needs().all.kv_bytes; }

// What a greedy reader gets.
Tokens greedy(Engine& engine, std::span<const int32_t> prompt, size_t count) {
  Tokens out;
  Row row = fed(engine, 0, prompt, Wanted::last);
  while (out.size() < count) {
    out.push_back(int32_t(std::max_element(row.begin(), row.end()) - row.begin()));
    row = fed(engine, 0, {&out.back(), 1}, Wanted::last);
  }
  return out;
}

// 15 of its 18 layers see 512 tokens; the kv head has 256 + 256 numbers a token.
TEST(Windows, OfGemma3AreAllThatItHoldsAt16k) {
  const auto path = store::find_model("gemma3-270m");
  if (!path) GTEST_SKIP() << "gemma3-270m is not here: tools/get_model gemma3-270m";
  const auto file = gguf::File::open(path->path);
  ASSERT_TRUE(file);
  const uint64_t page = 64 * 512 * 2;
  Engine few = load(*file, {.context = 16384});
  EXPECT_EQ(kv_bytes(few), page * (3 * 256 + 15 * 22));
  EXPECT_EQ(few.held().own, few.needs().devices[0].own_bytes());
  Engine all = load(*file, with_all_pages({.devices = {"cpu"}, .context = 2048}));
  EXPECT_EQ(kv_bytes(all), page * 18 * 32);
  std::cout << "keys and values of 16384 tokens: " << kv_bytes(few) / 1e6 << " MB, of which "
            << page * 15 * 22 / 1e6 << " MB are of the 15 layers with a window; all pages would be "
            << page * 18 * 256 / 1e6 << " MB\n";
  std::mt19937 random(1);
  const Tokens prompt = random_tokens(random, 1700, few.blueprint().vocabulary);
  EXPECT_EQ(greedy(few, prompt, 24), greedy(all, prompt, 24));
}

}  // namespace
}  // namespace straddle
