// The table of pre-tokenizers, by groups that share their patterns.
#include "text/pretokenizers.h"

#include "text/scan_classes.h"

namespace straddle::text {
namespace {

// ---- scanners of the groups

constexpr Scanner of_class(bool (*in)(const Character&), uint32_t least = 1, uint32_t most = ~0u,
                           Before before = Before::nothing) {
  return {scan_class, {.in = in, .least = least, .most = most, .before = before}};
}
constexpr Scanner words(uint32_t digits) { return {scan_words, {.most = digits}}; }

constexpr Scanner kGpt2[] = {{scan_gpt2, {}}};
constexpr Scanner kDigitsGpt2[] = {of_class(is_number, 1, 1), {scan_gpt2, {}}};
constexpr Scanner kLlama3[] = {words(3)};
constexpr Scanner kQwen2[] = {words(1)};
constexpr Scanner kQwen35[] = {{scan_words, {.most = 1, .letters = kLetter | kMark}}};
constexpr Scanner kSeedCoder[] = {{scan_words, {.most = 1, .newlines_after = 0}}};
constexpr Scanner kUfakzeka[] = {{scan_words, {.most = 1, .contractions = false}}};
constexpr Scanner kLaguna[] = {of_class(is_line), words(1)};
constexpr Scanner kMiniCpm5[] = {of_class(is_number, 1, 3), words(~0u)};
constexpr Scanner kDefault[] = {
    of_class(is_default_mark), {scan_gpt2, {}}, of_class(is_number), of_class(is_ascii_digit, 3, 3)};
constexpr Scanner kFalcon[] = {
    of_class(is_falcon_mark), {scan_gpt2, {}}, of_class(is_ascii_digit, 3, 3)};
constexpr Scanner kDeepseekCoder[] = {of_class(is_newline, 1, 1),
                                      of_class(is_letter, 1, ~0u, Before::any_space),
                                      of_class(is_punctuation, 1, ~0u, Before::any_space),
                                      of_class(is_deepseek_cjk), of_class(is_number, 1, 1)};
constexpr Scanner kDeepseekLlm[] = {of_class(is_newline, 1, 1),
                                    of_class(is_deepseek_letter, 1, ~0u, Before::any_space),
                                    of_class(is_deepseek_mark, 1, ~0u, Before::any_space),
                                    {scan_trailing_spaces, {}},
                                    of_class(is_deepseek_cjk),
                                    of_class(is_number)};
constexpr Scanner kDeepseekV3[] = {
    of_class(is_number, 1, 3), of_class(is_cjk_or_kana), {scan_marked, {}}};
constexpr Scanner kSpark[] = {of_class(is_number, 1, 3),
                              of_class(is_cjk_or_kana),
                              {scan_marked, {.newlines_after = 0}},
                              of_class(is_number, 1, 1)};
constexpr Scanner kGpt4o[] = {{scan_cased, {.most = 3, .slash_after = true}}};
constexpr Scanner kTekken[] = {{scan_cased, {.most = 1, .contractions = false, .slash_after = true}}};
constexpr Scanner kKimi[] = {{scan_cased, {.most = 3, .han_apart = true}}};
constexpr Scanner kTinyAya[] = {{scan_thousands, {.in = is_decimal, .ends_word = true}},
                                {scan_cased, {.most = 3, .slash_after = true}}};
constexpr Scanner kYoutu[] = {of_class(is_hangul),
                              of_class(is_youtu_mark),
                              of_class(is_bopomofo),
                              of_class(is_cjk_or_kana),
                              {scan_cased, {.most = 1, .slash_after = true}}};
constexpr Scanner kAfmoe[] = {
    {scan_thousands, {.in = is_number}}, of_class(is_afmoe_script), {scan_marked, {}}};
constexpr Scanner kChameleon[] = {{scan_sentinels, {}},
                                  {scan_images, {}},
                                  {scan_indents, {}},
                                  of_class(is_number, 1, 1),
                                  of_class(is_ascii_mark_or_punctuation, 1, 1),
                                  {scan_gpt2, {}}};
constexpr Scanner kExaoneMoe[] = {
    {scan_words, {.most = 1, .newlines_after = 1, .slash_after = true, .spaces_inside = true}}};
constexpr Scanner kJais2[] = {words(3), {scan_blanks, {}}};
constexpr Scanner kSuperBpe[] = {of_class(is_number), {scan_before_thousands, {.in = is_decimal}}};
constexpr Scanner kLines[] = {of_class(is_line)};
constexpr Scanner kBlackWords[] = {of_class(is_black)};
constexpr Scanner kBloom[] = {of_class(is_bloom_word, 1, ~0u, Before::blank)};
constexpr Scanner kViking[] = {of_class(is_bloom_word, 1, ~0u, Before::blank),
                               of_class(is_number, 1, 1)};

// ---- the table
//
// NFC: where the model's own tokenizer has it: transformers' classes for qwen2, qwen3.5, gpt-neox (the
// tokenizer of olmo, mpt and modern-bert) and cohere, and the models' own code for hunyuan and
// stablelm2.

constexpr bool kKeepsSpaces = false, kCleans = true;
constexpr Normaliser kAsIs = Normaliser::none, kNfc = Normaliser::nfc;
constexpr bool kWholeWords = true, kJoined = false, kCharacters = true;

constexpr Pretokenizer kTable[] = {
    {"default", kDefault},

    {"gpt-2", kGpt2},
    {"a.x-4.0", kGpt2},
    {"exaone4", kGpt2},
    {"gigachat", kGpt2},
    {"granite-docling", kGpt2, kKeepsSpaces},
    {"jais", kGpt2},
    {"jina-de", kGpt2},
    {"jina-es", kGpt2},
    {"jina-v1-en", kGpt2},
    {"jina-v2-code", kGpt2},
    {"jina-v2-de", kGpt2},
    {"jina-v2-es", kGpt2},
    {"mellum", kGpt2},
    {"modern-bert", kGpt2, kCleans, kNfc},
    {"mpt", kGpt2, kCleans, kNfc},
    {"olmo", kGpt2, kCleans, kNfc},
    {"phi-2", kGpt2},
    {"roberta-bpe", kGpt2},
    {"trillion", kGpt2, kKeepsSpaces},

    {"smollm", kDigitsGpt2, kKeepsSpaces},
    {"codeshell", kDigitsGpt2},
    {"command-r", kDigitsGpt2, kKeepsSpaces, kNfc},
    {"exaone", kDigitsGpt2},
    {"mellum2", kDigitsGpt2},
    {"minerva-7b", kDigitsGpt2},
    {"refact", kDigitsGpt2},
    {"starcoder", kDigitsGpt2},

    {"llama3", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"llama-bpe", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"llama-v3", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"falcon-h1", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"falcon3", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"jina-v5-nano", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"lfm2", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"midm-2.0", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"pixtral", kLlama3, kCleans, kAsIs, kWholeWords, Bos::yes},
    {"chatglm-bpe", kLlama3},
    {"dbrx", kLlama3},
    {"glm4", kLlama3},
    {"smaug-bpe", kLlama3},

    {"qwen2", kQwen2, kKeepsSpaces, kNfc},
    {"bailingmoe", kQwen2, kKeepsSpaces},
    {"bailingmoe2", kQwen2, kKeepsSpaces},
    {"deepseek-r1-qwen", kQwen2, kKeepsSpaces, kNfc},
    {"f2llmv2", kQwen2, kKeepsSpaces, kNfc},
    {"grok-2", kQwen2, kKeepsSpaces},
    {"hunyuan", kQwen2, kKeepsSpaces, kNfc},
    {"kormo", kQwen2, kKeepsSpaces},
    {"llada-moe", kQwen2, kKeepsSpaces},
    {"megrez", kQwen2},
    {"solar-open", kQwen2, kKeepsSpaces},
    {"stablelm2", kQwen2, kCleans, kNfc},

    {"qwen35", kQwen35, kKeepsSpaces, kNfc},
    {"seed-coder", kSeedCoder, kKeepsSpaces},
    {"ufakzeka", kUfakzeka, kKeepsSpaces},
    {"laguna", kLaguna, kKeepsSpaces},
    {"minicpm5", kMiniCpm5, kCleans, kAsIs, kWholeWords},
    {"falcon", kFalcon},
    {"deepseek-coder", kDeepseekCoder, kKeepsSpaces},
    {"deepseek-llm", kDeepseekLlm, kKeepsSpaces},

    {"deepseek-v3", kDeepseekV3, kKeepsSpaces},
    {"hunyuan-dense", kDeepseekV3, kKeepsSpaces},
    {"hy_v4", kDeepseekV3, kKeepsSpaces},
    {"joyai-llm", kDeepseekV3, kKeepsSpaces},
    {"spark2_5", kSpark, kKeepsSpaces},

    {"gpt-4o", kGpt4o, kKeepsSpaces},
    {"granite-embed-multi-97m", kGpt4o, kKeepsSpaces, kAsIs, kWholeWords},
    {"kanana2", kGpt4o, kKeepsSpaces},
    {"llama4", kGpt4o, kKeepsSpaces},
    {"minimax-m2", kGpt4o, kKeepsSpaces},
    {"talkie", kGpt4o, kKeepsSpaces},
    {"tekken", kTekken, kKeepsSpaces, kAsIs, kWholeWords, Bos::yes},

    {"kimi-k2", kKimi, kKeepsSpaces},
    {"tiny_aya", kTinyAya, kKeepsSpaces, kNfc},
    {"cohere2moe", kTinyAya, kKeepsSpaces, kNfc},
    {"youtu", kYoutu, kKeepsSpaces, kAsIs, kWholeWords},

    {"bloom", kBloom},
    {"gpt3-finnish", kBloom},
    {"poro-chat", kBloom, kKeepsSpaces},
    {"viking", kViking, kKeepsSpaces},

    {"afmoe", kAfmoe, kKeepsSpaces},
    {"chameleon", kChameleon, kKeepsSpaces, kAsIs, kJoined, Bos::yes},
    {"exaone-moe", kExaoneMoe},
    {"jais-2", kJais2},
    {"superbpe", kSuperBpe, kKeepsSpaces},

    {"gemma4", kLines, kCleans, kAsIs, kJoined, Bos::always, kCharacters},
    {"granite-embed-multi-311m", kLines, kCleans, kAsIs, kJoined, Bos::always, kCharacters},
    {"sarvam-moe", kLines, kKeepsSpaces, kAsIs, kJoined, Bos::no, kCharacters},
    {"whitespace", kBlackWords, kCleans, kAsIs, kJoined, Bos::no, kCharacters},
};

}  // namespace

std::span<const Pretokenizer> all_pretokenizers() { return kTable; }

const Pretokenizer* find_pretokenizer(std::string_view name) {
  for (const Pretokenizer& row : kTable) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

const Pretokenizer& default_pretokenizer() { return kTable[0]; }

Defaults defaults_of(const Pretokenizer& row) {
  return {.adds_bos = row.bos != Bos::no, .insists_on_bos = row.bos == Bos::always};
}

std::vector<std::string_view> cut_words(const Pretokenizer& pretokenizer, std::string_view text) {
  std::vector<std::string_view> pieces;
  if (!text.empty()) pieces.push_back(text);
  for (const Scanner& scanner : pretokenizer.scanners) cut_pieces(scanner, pieces);
  return pieces;
}

}  // namespace straddle::text
