// Files without a template: which fallback they get, why, and what it makes of a conversation.
#include <gtest/gtest.h>

#include "cases.h"
#include "gguf/gguf.h"
#include "testing/golden.h"

namespace straddle::chat {
namespace {

text::Tokenizer vocabulary_with(std::vector<std::string> tokens) {
  tokens.insert(tokens.begin(), {"<unk>", "<s>", "</s>", "a", "b"});
  std::vector<int32_t> types(tokens.size(), 3);
  std::vector<float> scores(tokens.size(), 0);
  gguf::Writer writer;
  writer.add("tokenizer.ggml.model", "llama");
  writer.add("tokenizer.ggml.tokens", std::span<const std::string>(tokens));
  writer.add("tokenizer.ggml.token_type", std::span<const int32_t>(types));
  writer.add("tokenizer.ggml.scores", std::span<const float>(scores));
  const auto bytes = writer.bytes();
  const auto file = gguf::File::parse(*bytes, "test", true);
  auto out = text::Tokenizer::from(*file);
  EXPECT_TRUE(out) << one_line(out.error());
  return *out;
}

struct Known {
  std::vector<std::string> tokens;
  const char *architecture, *name, *expected, *why;
};

TEST(Fallbacks, AreKnownByTokensThenByName) {
  const std::string none = "no chat template in the file: ";
  const Known rows[] = {
      {{"<|im_start|>", "<|im_end|>"},
       "qwen2",
       "",
       "chatml",
       "chatml, because its vocabulary has <|im_start|>"},
      {{"<|im_start|>", "<|im_sep|>", "<|im_end|>"},
       "phi3",
       "",
       "phi-4",
       "phi-4, because its vocabulary has <|im_start|>"},
      {{"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
       "llama",
       "",
       "llama-3",
       "llama-3, because its vocabulary has <|start_header_id|>"},
      {{"<|im_start|>"}, "llama", "", "plain", nullptr},  // one of two is not enough
      {{"<start_of_turn>", "<end_of_turn>"}, "gemma2", "", "gemma", nullptr},
      {{"[INST]", "[/INST]"}, "llama", "Mistral 7B Instruct v0.3", "mistral-v3", nullptr},
      {{"[INST]", "[/INST]"}, "llama", "Mistral Nemo", "mistral-tekken", nullptr},
      {{}, "llama", "LLaMA v2", "plain", nullptr},
      {{}, "llama", "Llama_2 7B Chat", "llama-2", "llama-2, because of its name"},
      {{}, "llama", "Zephyr 7B beta", "zephyr", "zephyr, because of its name"},
      {{}, "rwkv7", "", "rwkv-world", "rwkv-world, because of its name"},
      {{},
       "llama",
       "stories260K",
       "plain",
       "plain text, for neither its vocabulary nor its name tells of one"},
  };
  for (const Known& row : rows) {
    const auto choice = choose_template({"", row.architecture, row.name}, vocabulary_with(row.tokens));
    ASSERT_TRUE(choice) << one_line(choice.error());
    EXPECT_EQ(choice->name, row.expected);
    if (row.why) {
      EXPECT_EQ(choice->why, none + row.why);
    }
  }
}

TEST(Fallbacks, TheFilesOwnComesFirst) {
  const auto vocabulary = vocabulary_with({"<|im_start|>", "<|im_end|>"});
  const auto own = choose_template({"{{ 1 }}", "llama", "zephyr"}, vocabulary);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->chat_template.source(), "{{ 1 }}");
  EXPECT_EQ(own->why, "");
  const auto go = choose_template({"{{ 1 }}", "llama", "zephyr", "<{{ .Prompt }}>"}, vocabulary);
  ASSERT_TRUE(go) << one_line(go.error());
  EXPECT_EQ(go->name, "the model's own");
  EXPECT_EQ(go->chat_template.source(), "<{{ .Prompt }}>");
  const auto broken = choose_template({"a\n{% if %}", "llama", "zephyr"}, vocabulary);
  ASSERT_FALSE(broken);
  EXPECT_EQ(one_line(broken.error()), "chat template line 2: an expression is missing");
}

TEST(Fallbacks, EachRendersAsItsModelsWereTaught) {
  const Json conversation = Json::parse(R"({"messages": [{"role": "system", "content": "Be brief."},
      {"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"},
      {"role": "user", "content": "Who?"}], "add_generation_prompt": true})");
  for (const Json& row : read_lines(testing::source("tests/chat/fallbacks.jsonl"))) {
    const std::string name = row["name"];
    const auto chat_template = fallback_template(name);
    ASSERT_TRUE(chat_template) << one_line(chat_template.error());
    const auto got = render_case(*chat_template, conversation);
    ASSERT_TRUE(got) << name << ": " << one_line(got.error());
    EXPECT_EQ(got->text, row["expected"].get<std::string>()) << name;
    size_t said = 0;
    for (const auto& [begin, end] : got->quoted) said += end - begin;
    EXPECT_EQ(said, std::string("Be brief.HelloHiWho?").size()) << name;
  }
}

TEST(Fallbacks, PlainTextIsJustContinued) {
  const auto plain = fallback_template("plain");
  ASSERT_TRUE(plain);
  const auto got =
      render_case(*plain, Json::parse(R"({"messages": [{"role": "user", "content": "Once upon"}]})"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->text, "Once upon");
}

TEST(Fallbacks, AnUnknownNameListsThoseThatAre) {
  const auto none = fallback_template("nothing");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
  EXPECT_NE(one_line(none.error()).find("chatml"), std::string::npos);
}

}  // namespace
}  // namespace straddle::chat
