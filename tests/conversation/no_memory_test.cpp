// Any allocation may fail: of loading a model, of a turn. It ends as std::bad_alloc or as no_memory,
// never otherwise, and what was there before is as it was. (Messages are left out: nlohmann's JSON asks
// for memory when it is destroyed, which nobody can catch; src/cli/main.cpp has a net for that.)
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>

#include "conversation/conversation.h"
#include "testing/golden.h"

namespace {

std::atomic<long> left{-1};  // allocations until one fails; below 0: none will

void* allocate(std::size_t bytes) {
  return left.fetch_sub(1, std::memory_order_relaxed) == 0 ? nullptr : std::malloc(bytes ? bytes : 1);
}

void* allocate_or_throw(std::size_t bytes) {
  if (void* p = allocate(bytes)) return p;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate_or_throw(bytes); }
void* operator new[](std::size_t bytes) { return allocate_or_throw(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace straddle::conversation {
namespace {

struct Loaded {
  engine::Engine engine;
  Conversation conversation;
  Loaded(engine::Engine e, text::Tokenizer tokenizer, chat::Template chat_template)
      : engine(std::move(e)), conversation(engine, std::move(tokenizer), std::move(chat_template)) {}
};

Result<std::unique_ptr<Loaded>> load(const std::string& path) {
  auto file = gguf::File::open(path);
  if (!file) return fail(file);
  auto tokenizer = text::Tokenizer::from(*file);
  if (!tokenizer) return fail(tokenizer);
  auto chat_template = chat::Template::parse(
      "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>{% endfor %}", "test");
  if (!chat_template) return fail(chat_template);
  auto engine =
      engine::Engine::load(*file, {.devices = {"cpu"}, .threads = 3, .context = 128, .max_rows = 16});
  if (!engine) return fail(engine);
  return std::make_unique<Loaded>(std::move(*engine), std::move(*tokenizer), std::move(*chat_template));
}

Result<std::string> asked(Loaded& loaded, const std::string& words) {
  options::Options options;
  options.temperature = 0.5f;
  options.seed = 3;
  options.num_predict = 8;
  std::string shown;
  const Sink sink{.text = [&](std::string_view text) {
    shown += text;
    return true;
  }};
  auto answer = loaded.conversation.complete(words, {.json = true, .now = {}}, options, sink);
  if (!answer) return fail(answer);
  return shown;
}

// Lets the n-th allocation of `work` fail, n = 0, 1, 2 ..., until none does. Returns how many did.
int fail_each(const std::function<Status()>& work, const std::function<void()>& after) {
  int failures = 0;
  for (long n = 0;; ++n) {
    Status status;
    left = n;
    try {
      status = work();
    } catch (const std::bad_alloc&) {
    }
    const bool failed = left.exchange(-1) < 0;
    EXPECT_TRUE(status || status.error().kind == ErrorKind::no_memory) << one_line(status.error());
    if (!failed) return failures;
    ++failures;
    after();
  }
}

TEST(NoMemory, LoadingAndTheFirstTurnEndWithoutHarmWhateverFails) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/arch/llama.gguf");
  const int failures = fail_each(
      [&]() -> Status {
        auto loaded = load(path);
        if (!loaded) return fail(loaded);
        auto said = asked(**loaded, "Once upon a time");
        if (!said) return fail(said);
        return {};
      },
      [] {});
  EXPECT_GT(failures, 500);
}

TEST(NoMemory, ATurnThatFailsLeavesTheConversationAsItWas) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/arch/llama.gguf");
  auto loaded = load(path);
  ASSERT_TRUE(loaded);
  const auto expected = asked(**loaded, "Once upon a time");
  ASSERT_TRUE(expected);
  const int failures = fail_each(
      [&]() -> Status {
        auto said = asked(**loaded, "Another word");
        if (!said) return fail(said);
        return {};
      },
      [&] {
        const auto again = asked(**loaded, "Once upon a time");
        ASSERT_TRUE(again) << one_line(again.error());
        EXPECT_EQ(*again, *expected);
      });
  EXPECT_GT(failures, 20);
}

}  // namespace
}  // namespace straddle::conversation
