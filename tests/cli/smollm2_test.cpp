// A real model in conversation; skipped, aloud, where it was not fetched (tools/get_model smollm2).
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/load.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using conversation::Ending;

class SmolLM2 : public ::testing::Test {
 protected:
  void load(const char* device) {
    if (!store::find_model("smollm2")) GTEST_SKIP() << "no smollm2: tools/get_model smollm2";
    Request request;
    request.device = device;
    options_.num_ctx = 512;
    std::vector<std::string> warned;
    auto model = load_model(store::open_model("smollm2").value(), request, options_, warned, {});
    ASSERT_TRUE(model) << one_line(model.error());
    model_ = std::move(model->model);
  }

  conversation::Answer ask(std::vector<conversation::Message> messages,
                           const conversation::AnswerRequest& asked = {}) {
    const conversation::Sink sink{.text = [](std::string_view) { return true; }};
    return model_->conversation.answer(messages, asked, options_, sink).value();
  }

  options::Options options_;
  std::unique_ptr<conversation::LoadedModel> model_;
};

// A model of 135M parameters stands on the edge here: with the system message of its own template, the
// rounding of activations to int8 (ours as llama.cpp's) tips it into French. Without rounding it knows.
TEST_F(SmolLM2, KnowsTheCapitalOfFrance) {
  load("cpu");
  options_.temperature = 0;
  options_.num_predict = 20;
  const auto answer =
      ask({{"system", "You answer in one short sentence."}, {"user", "What is the capital of France?"}});
  EXPECT_NE(answer.message.content.find("Paris"), std::string::npos) << answer.message.content;
  EXPECT_EQ(answer.statistics.ending, Ending::stop);
}

TEST_F(SmolLM2, KnowsTheCapitalOfFranceByItsOwnTemplateAloneWithoutRounding) {
  load("reference");
  options_.temperature = 0;
  options_.num_predict = 8;
  const auto answer = ask({{"user", "What is the capital of France?"}});
  EXPECT_NE(answer.message.content.find("Paris"), std::string::npos) << answer.message.content;
}

TEST_F(SmolLM2, ItsSecondTurnComputesOnlyTheNewTokens) {
  load("cpu");
  options_.num_predict = 24;
  options_.seed = 1;
  std::vector<conversation::Message> messages{{"user", "Name a colour."}};
  const auto first = ask(messages);
  messages.push_back(first.message);
  messages.push_back({"user", "Another one?"});
  const auto second = ask(messages);
  const auto& f = first.statistics;
  EXPECT_GE(second.statistics.reused_tokens, f.prompt_tokens + f.generated_tokens - 1);
  EXPECT_LE(second.statistics.prompt_tokens, 20u);
}

// `finished` answers: those that num_predict did not cut.
TEST_F(SmolLM2, WritesJsonThatAnotherParserReads) {
  load("cpu");
  options_.temperature = 1;
  options_.num_predict = 100;
  const bool thorough = std::getenv("STRADDLE_LONG");
  const int seeds = thorough ? 200 : 12;
  int finished = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    options_.seed = seed;
    const auto answer =
        ask({{"user", "Describe a cat in JSON with its name, age and colour."}}, {.json = true});
    if (answer.statistics.ending != Ending::stop) continue;
    ++finished;
    EXPECT_TRUE(nlohmann::json::accept(answer.message.content))
        << seed << ": " << answer.message.content;
  }
  std::printf("%d of %d answers finished within %d tokens, all of them JSON%s\n", finished, seeds,
              int(options_.num_predict), thorough ? "" : " (STRADDLE_LONG=1: 200 seeds)");
  EXPECT_GT(finished, seeds / 3);
}

}  // namespace
}  // namespace straddle::cli
