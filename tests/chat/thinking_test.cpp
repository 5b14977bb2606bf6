// What a model thinks is told from what it answers, however the text is cut into pieces.
#include <gtest/gtest.h>

#include <random>

#include "chat/chat.h"
#include "testing/golden.h"
#include "testing/scripted_model.h"

namespace straddle::chat {
namespace {

using testing::Piece;
using text::TokenType;

text::Tokenizer vocabulary(std::vector<Piece> pieces) {
  const auto bytes = testing::scripted_model({.said = {}, .known = std::move(pieces)}).bytes();
  return text::Tokenizer::from(*gguf::File::parse(*bytes, "words")).value();
}

// What a filter told, by parts; a late mark turns what was answer into thinking.
struct Told {
  std::string thinking, answer, aside, silent;
  bool late = false;
  bool operator==(const Told&) const = default;

  void take(const std::vector<SectionText>& pieces) {
    for (const SectionText& piece : pieces) {
      switch (piece.section) {
        case Section::thinking:
          thinking += piece.text;
          break;
        case Section::answer:
          answer += piece.text;
          break;
        case Section::aside:
          aside += piece.text;
          break;
        case Section::late_mark:
          late = true;
          thinking = std::exchange(answer, {});
          break;
        case Section::control:
        case Section::mark:
          silent += piece.text;
      }
    }
  }
};

std::ostream& operator<<(std::ostream& out, const Told& t) {
  return out << "[" << t.thinking << "][" << t.answer << "][" << t.aside << "]"
             << (t.late ? " late" : "");
}

Told read(const Marks* marks, std::string_view opening, std::string_view text, size_t size) {
  ThinkingFilter filter(marks, opening);
  Told out;
  for (size_t at = 0; at < text.size(); at += size) out.take(filter.push(text.substr(at, size)));
  out.take(filter.finish());
  return out;
}

// ---- marks in words: no vocabulary has them

struct Case {
  const char* name;
  const char* template_source;
  std::string opening, written, thinking, answer;
};

const Case kCases[] = {
    {"none", "{{ x }}", "", " <think>a</think>b", "", " <think>a</think>b"},
    {"tags", "<think>", "", "<think>\nhm\n</think>\n\nYes.", "\nhm\n", "Yes."},
    {"blanks_before", "<think>", "", " \n<think>hm</think>Yes.", "hm", "Yes."},
    {"inside", "<think>", "...assistant\n<think>\n", "hm\n</think>\n\nYes.", "hm\n", "Yes."},
    {"inside_with_words", "<think>", "<think>\nWell,", " hm</think>Yes.", " hm", "Yes."},
    {"opened_twice", "<think>", "<think>\n", "<think>\nhm</think>Yes.", "\nhm", "Yes."},
    {"closed_twice", "<think>", "", "<think>hm</think>\n</think>\n\nYes.", "hm", "Yes."},
    {"two_thoughts", "<think>", "", "<think>a</think>\n<think>b</think>\n\nYes.", "ab", "Yes."},
    {"nested", "<think>", "", "<think>a<think>b</think>Yes </think>.", "a<think>b", "Yes </think>."},
    {"closed_in_prompt", "<think>", "<think>\n\n</think>\n\n", "Yes </think>\n</think>.", "",
     "Yes </think>\n</think>."},
    {"no_thinking", "<think>", "", "Yes <think>.", "", "Yes <think>."},
    {"quoted_before_any", "<think>", "", "It ends with `</think>`.", "", "It ends with `</think>`."},
    {"late_mark", "<think>", "", "I wonder.\n</think>\n\nYes.", "I wonder.\n", "Yes."},
    {"mark_at_once", "<think>", "", "</think>\n\nYes.", "", "Yes."},
    {"half_a_mark", "<think>", "", "<thin", "", "<thin"},
    {"never_closed", "<think>", "", "<think>a </thin", "a </thin", ""},
    {"ends_with_a_mark", "<think>", "", "<think>a</think>", "a", ""},
    {"indented", "<think>", "", "    return x\n", "", "    return x\n"},
    {"indented_behind", "<think>", "", "<think>a</think>\r\n\n    return x\n", "a", "    return x\n"},
    {"only_blanks", "<think>", "", " \n ", "", " \n "},
    {"cut_template", "c.split('</think>')[-1]", "", "<think>hm</think>Yes.", "hm", "Yes."},
    {"brackets", "[THINK]", "", "[THINK]hm[/THINK]Yes.", "hm", "Yes."},
    {"wrapped", "<think></think> <response></response>", "",
     "<think>hm</think>\n\n<response>\nYes\n</response>", "hm", "Yes\n"},
    {"not_wrapped", "<think></think> <response></response>", "", "<think>hm</think>A </response> tag.",
     "hm", "A </response> tag."},
    {"no_opening_mark", "[BEGIN FINAL RESPONSE]", "",
     "Steps:\n[BEGIN FINAL RESPONSE]\nYes.[END FINAL RESPONSE]", "Steps:\n", "Yes."},
    {"channel_of_one_line", "<|channel>thought", "", "<|channel>thought\nhm\n<channel|>Yes.", "hm\n",
     "Yes."},
    {"channels", "<|channel|>", "<|start|>assistant",
     "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.", "hm",
     "Yes."},
    {"final_only", "<|channel|>", "<|start|>assistant", "<|channel|>final<|message|>Yes.", "", "Yes."},
    {"no_channel", "<|channel|>", "<|start|>assistant", "<|message|>Yes.", "", "Yes."},
    {"no_header", "<|channel|>", "<|start|>assistant", ": Yes.", "", ": Yes."},
    {"cut_in_a_header", "<|channel|>", "<|start|>assistant", "<|channel|>fin", "", ""},
    {"preamble", "<|channel|>", "<|start|>assistant",
     "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final<|message|>Yes.",
     "", "I look.Yes."},
    {"call_of_a_tool", "<|channel|>", "<|start|>assistant",
     "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary to=functions.look "
     "<|constrain|>json<|message|>{\"a\": 1}<|call|>",
     "hm", ""},
    {"recipient_before_channel", "<|channel|>", "<|start|>assistant",
     " to=functions.look<|channel|>commentary json<|message|>{}<|call|>", "", ""},
    {"built_in_tool", "<|channel|>", "<|start|>assistant",
     "<|channel|>analysis to=python code<|message|>1 + 1<|call|>", "", ""},
    {"recipients", "to=self<|message|>", "<|start|>assistant",
     " to=self<|message|>hm<|eom|><|start|>assistant to=user<|message|>Yes.", "hm", "Yes."},
    {"solar", "<|begin|>assistant<|think|>", "<|begin|>assistant",
     "<|think|>hm<|end|><|begin|>assistant<|content|>Yes.", "hm", "Yes."},
    {"kimi3", "<|open|>", "<|open|>message role=\"assistant\"<|sep|><|open|>think<|sep|>",
     "hm<|close|>think<|sep|><|open|>response<|sep|>Yes.<|close|>response<|sep|>", "hm", "Yes."},
    {"kimi3_call", "<|open|>", "<|open|>response<|sep|>",
     "Yes.<|close|>response<|sep|><|open|>tools<|sep|><|open|>call tool=\"f\"<|sep|>x", "", "Yes."},
    {"command", "<|START_THINKING|>", "",
     "<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>", "hm", "Yes."},
};

class Thinking : public ::testing::TestWithParam<Case> {};

TEST_P(Thinking, IsToldFromTheAnswerInAnyPieces) {
  const Case& one = GetParam();
  const Marks marks(one.template_source, vocabulary({}));
  for (size_t size = 1; size <= one.written.size(); ++size) {
    const Told told = read(&marks, one.opening, one.written, size);
    EXPECT_EQ(told.thinking, one.thinking) << "pieces of " << size;
    EXPECT_EQ(told.answer, one.answer) << "pieces of " << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Thinking, ::testing::ValuesIn(kCases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Thinking, TextWithoutWholeMarksArrivesAsItIsHoweverItIsCut) {
  const Marks marks("<think> <response></response>", vocabulary({}));
  constexpr std::string_view kParts[] = {"<", "think",    "<thin", "</", "</think", " ",  "\n",
                                         "a", "\xc3\xa9", "<resp", "/",  "  ",      "x y"};
  std::mt19937 random(17);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) text += kParts[random() % std::size(kParts)];
    if (text.find("think>") != text.npos) continue;
    EXPECT_EQ(read(&marks, "", text, 1 + random() % 5), (Told{.answer = text}));
    EXPECT_EQ(read(nullptr, "", text, 1 + random() % 5), (Told{.answer = text}));
  }
}

TEST(Thinking, HowTextIsCutChangesNothing) {
  constexpr std::string_view kTemplates[] = {"<think> <response></response>", "<|channel|>",
                                             "<|channel>", "[BEGIN FINAL RESPONSE]"};
  constexpr std::string_view kParts[] = {
      "<think>",     "</think>", "<response>", "</response>", "<|channel|>",
      "<|message|>", "<|end|>",  "<|start|>",  "analysis",    "final",
      " to=f",       "\n",       " ",          "a",           "<",
      "<|channel>",  "thought",  "<channel|>", "</th",        "[BEGIN FINAL RESPONSE]"};
  std::mt19937 random(18);
  const auto empty = vocabulary({});
  for (const std::string_view source : kTemplates) {
    const Marks marks(source, empty);
    for (int i = 0; i < 2000; ++i) {
      std::string text;
      for (size_t n = random() % 12; n > 0; --n) text += kParts[random() % std::size(kParts)];
      const Told whole = read(&marks, "", text, text.size() + 1);
      EXPECT_EQ(read(&marks, "", text, 1), whole) << source << ": " << text;
      EXPECT_EQ(read(&marks, "", text, 1 + random() % 7), whole) << source << ": " << text;
    }
  }
}

// ---- marks that are tokens

// As a model writes: a control or user-defined piece is a token, the rest is text.
Told write(const Marks& marks, std::string_view opening, const std::vector<Piece>& tokens) {
  ThinkingFilter filter(&marks, opening);
  Told out;
  for (const Piece& token : tokens) {
    const bool hidden = token.type == TokenType::control;
    if (hidden || (token.type == TokenType::user_defined && marks.has_token(token.text)))
      out.take(filter.push_token(token.text, hidden));
    else
      out.take(filter.push(token.text));
  }
  out.take(filter.finish());
  return out;
}

const Piece kOpen{"<think>", TokenType::user_defined}, kClose{"</think>", TokenType::user_defined};
const Piece kHidden{"<|x|>", TokenType::control};

class MarkTokens : public ::testing::Test {
 protected:
  const text::Tokenizer vocabulary_ = vocabulary({kOpen, kClose, kHidden});
  const Marks marks_{"<think>", vocabulary_};
};

TEST_F(MarkTokens, WordsAreNoMarkWhereOneIsAToken) {
  EXPECT_EQ(write(marks_, "", {kOpen, {"A </thi"}, {"nk> tag"}, kClose, {"\n\nDone."}}),
            (Told{.thinking = "A </think> tag", .answer = "Done.", .silent = "<think></think>"}));
  EXPECT_EQ(write(marks_, "", {{"A line\n"}, {"</think>"}, {"\nis no end."}}),
            (Told{.answer = "A line\n</think>\nis no end."}));
  EXPECT_EQ(write(marks_, "", {{"<think>"}, {"is a tag"}}), (Told{.answer = "<think>is a tag"}));
}

TEST_F(MarkTokens, AnAnswerMayQuoteThem) {
  EXPECT_EQ(write(marks_, "<think></think>", {{"Between "}, kOpen, {" and "}, kClose, {"."}}),
            (Told{.answer = "Between <think> and </think>."}));
}

TEST_F(MarkTokens, AQuotedOpeningMarkQuotesItsClosingOne) {
  EXPECT_EQ(write(marks_, "", {{"Use "}, kOpen, {" and "}, kClose, {" tags."}}),
            (Told{.answer = "Use <think> and </think> tags."}));
}
TEST_F(MarkTokens, AClosingTokenThatNoneOpenedEndsThinkingWhereverItStands) {
  EXPECT_EQ(write(marks_, "", {{"I wonder."}, kClose, {"Yes."}}),
            (Told{.thinking = "I wonder.", .answer = "Yes.", .silent = "", .late = true}));
}

TEST_F(MarkTokens, AClosingTokenBehindAQuotationMarkIsQuoted) {
  EXPECT_EQ(write(marks_, "", {{"It ends with `"}, kClose, {"`."}}),
            (Told{.answer = "It ends with `</think>`."}));
}

TEST_F(MarkTokens, HalfAMarkInWordsEndsAtAToken) {
  const Marks words("[THINK]", vocabulary_);
  EXPECT_EQ(write(words, "", {{"[THI"}, kHidden, {"NK]"}}),
            (Told{.answer = "[THINK]", .silent = "<|x|>"}));
}

TEST_F(MarkTokens, HiddenOnesShowNothingAndLoseNothing) {
  EXPECT_EQ(write(marks_, "", {{"  "}, kHidden, {"a"}, kHidden, {" b\n"}}),
            (Told{.answer = "  a b\n", .silent = "<|x|><|x|>"}));
}

TEST(ControlMarks, CountAnywhere) {
  const Piece open{"[THINK]", TokenType::control}, close{"[/THINK]", TokenType::control};
  const auto words = vocabulary({open, close});
  const Marks marks("[THINK]", words);
  EXPECT_EQ(write(marks, "", {{"Part "}, open, {"hm"}, close, {"two"}, close, {"."}}),
            (Told{.thinking = "hm", .answer = "Part two.", .silent = "[THINK][/THINK][/THINK]"}));
}

TEST(Harmony, PlainWordsOfMarksAreText) {
  std::vector<Piece> pieces;
  for (const char* mark : {"<|start|>", "<|channel|>", "<|message|>", "<|end|>"})
    pieces.push_back({mark, TokenType::control});
  const auto words = vocabulary(pieces);
  const Marks marks("<|channel|>", words);
  EXPECT_EQ(write(marks, "<|start|>assistant",
                  {pieces[1], {"final"}, pieces[2], {"Write <|end|> "}, {"or <|channel|>analysis"}})
                .answer,
            "Write <|end|> or <|channel|>analysis");
}

TEST(ThinkingFilter, TellsWhetherAnAnswerIsNext) {
  const auto empty = vocabulary({});
  const Marks channels("<|channel|>", empty), tags("<think>", empty);
  ThinkingFilter filter(&channels, "<|start|>assistant");
  EXPECT_FALSE(filter.answers());
  filter.push("<|channel|>analysis<|message|>hm");
  EXPECT_FALSE(filter.answers());
  filter.push("<|end|><|start|>assistant<|channel|>final");
  EXPECT_FALSE(filter.answers());
  filter.push("<|message|>");
  EXPECT_TRUE(filter.answers());
  EXPECT_TRUE(ThinkingFilter(&tags, "").answers());
  EXPECT_FALSE(ThinkingFilter(&tags, "<think>\n").answers());
  EXPECT_TRUE(ThinkingFilter(nullptr, "<think>\n").answers());
}

// ---- families

TEST(Families, AreReadFromTheTemplate) {
  STRADDLE_GOLDEN_OR_SKIP(folder, "chat/templates");
  const std::pair<const char*, const char*> kFamilies[] = {
      {"openai-gpt-oss-120b", "messages"},
      {"muse-glimmer", "messages"},
      {"google-gemma-4-31B-it", "gemma4"},
      {"google-gemma-4-31B-it-interleaved", "gemma4"},
      {"upstage-Solar-Open-100B", "solar"},
      {"Kimi-K3", "kimi3"},
      {"Cohere2MoE", "command"},
      {"CohereForAI-c4ai-command-r7b-12-2024-tool_use", "command"},
      {"Apriel-1.6-15b-Thinker-fixed", "apriel"},
      {"unsloth-Apriel-1.5", "apriel"},
      {"mistralai-Ministral-3-14B-Reasoning-2512", "mistral"},
      {"ByteDance-Seed-OSS", "seed"},
      {"Apertus-8B-Instruct", "apertus"},
      {"MiniMax-M3", "minimax3"},
      {"tencent-Hy3", "hunyuan3"},
      {"ibm-granite-granite-3.3-2B-Instruct", "response"},
      {"LFM2.5-Instruct", "think"},
      {"MiniMax-M2", "think"},
      {"Qwen-Qwen3-0.6B", "think"},
      {"deepseek-ai-DeepSeek-V3.1", "think"},
      {"Kimi-K2-Thinking", "think"},
      {"Spark2.5", "think"},
      {"google-gemma-2-2b-it", ""},
      {"meta-llama-Llama-3.3-70B-Instruct", ""},
      {"Qwen-Qwen2.5-7B-Instruct", ""},
      {"mistralai-Mistral-Nemo-Instruct-2407", ""},
  };
  const auto empty = vocabulary({});
  for (const auto& [name, family] : kFamilies) {
    const std::string path = testing::golden(std::string("chat/templates/") + name + ".jinja");
    if (path.empty()) continue;  // the small set
    EXPECT_EQ(Marks(testing::read_text(path), empty).family(), family) << name;
  }
}

TEST(Families, FindTheirTokensInARealVocabulary) {
  STRADDLE_GOLDEN_OR_SKIP(path, "tokenizers/vocab/gemma-4.gguf");
  const Marks marks("<|channel>", *text::Tokenizer::from(*gguf::File::open(path)));
  EXPECT_TRUE(marks.has_token("<|channel>"));
  EXPECT_TRUE(marks.has_token("<channel|>"));
  EXPECT_FALSE(marks.has_token("<think>"));
}

}  // namespace
}  // namespace straddle::chat
