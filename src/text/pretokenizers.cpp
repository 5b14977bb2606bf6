// The table of pre-tokenizers, by groups that share their patterns.
#include "text/pretokenizers.h"

#include <algorithm>

#include "text/deepseek_ranges.h"

namespace straddle::text {
namespace {

// ---- classes that runs are made of

bool is_number(const Character& c) { return c.is(kNumber); }
bool is_ascii_digit(const Character& c) { return c.code >= '0' && c.code <= '9'; }
bool is_letter(const Character& c) { return c.is(kLetter); }
bool is_punctuation(const Character& c) { return c.is(kPunctuation); }
bool is_newline(const Character& c) { return c.is_newline(); }
bool is_line(const Character& c) { return c.code != '\n'; }
bool one_of(std::string_view ascii, const Character& c) {
  return c.code < 128 && ascii.find(static_cast<char>(c.code)) != ascii.npos;
}
bool is_default_mark(const Character& c) { return c.is(kPunctuation) || one_of("$+<=>^~|", c); }
bool is_falcon_mark(const Character& c) { return is_default_mark(c) || c.code == '`'; }

// [一-龥ࠀ-一가-퟿]
bool is_deepseek_cjk(const Character& c) {
  return (c.code >= 0x4E00 && c.code <= 0x9FA5) || (c.code >= 0x800 && c.code <= 0x4E00) ||
         (c.code >= 0xAC00 && c.code <= 0xD7FF);
}

// [一-龥぀-ゟ゠-ヿ]
bool is_cjk_or_kana(const Character& c) {
  return (c.code >= 0x4E00 && c.code <= 0x9FA5) || (c.code >= 0x3040 && c.code <= 0x30FF);
}

template <size_t n>
bool in_ranges(const CodeRange (&ranges)[n], uint32_t code) {
  return std::any_of(ranges, ranges + n,
                     [code](CodeRange r) { return code >= r.first && code <= r.last; });
}
bool is_deepseek_letter(const Character& c) { return in_ranges(kDeepseekLetters, c.code); }
bool is_deepseek_mark(const Character& c) { return in_ranges(kDeepseekPunctuation, c.code); }

// [^(\s|.,!?…。，、।۔،)]
bool is_bloom_word(const Character& c) {
  switch (c.code) {
    case 0x2026:
    case 0x3002:
    case 0xFF0C:
    case 0x3001:
    case 0x964:
    case 0x6D4:
    case 0x60C:
      return false;
  }
  return !c.is(kSpace) && !one_of("(|.,!?)", c);
}

// ---- scanners of the groups

constexpr Scanner runs(bool (*in)(const Character&), uint32_t least = 1, uint32_t most = ~0u,
                       Before before = Before::nothing) {
  return {scan_runs, {.in = in, .least = least, .most = most, .before = before}};
}
constexpr Scanner words(uint32_t digits) { return {scan_words, {.most = digits}}; }

constexpr Scanner kGpt2[] = {{scan_gpt2, {}}};
constexpr Scanner kDigitsGpt2[] = {runs(is_number, 1, 1), {scan_gpt2, {}}};
constexpr Scanner kLlama3[] = {words(3)};
constexpr Scanner kQwen2[] = {words(1)};
constexpr Scanner kQwen35[] = {{scan_words, {.most = 1, .letters = kLetter | kMark}}};
constexpr Scanner kSeedCoder[] = {{scan_words, {.most = 1, .newlines_after = false}}};
constexpr Scanner kUfakzeka[] = {{scan_words, {.most = 1, .contractions = false}}};
constexpr Scanner kLaguna[] = {runs(is_line), words(1)};
constexpr Scanner kMiniCpm5[] = {runs(is_number, 1, 3), words(~0u)};
constexpr Scanner kDefault[] = {
    runs(is_default_mark), {scan_gpt2, {}}, runs(is_number), runs(is_ascii_digit, 3, 3)};
constexpr Scanner kFalcon[] = {runs(is_falcon_mark), {scan_gpt2, {}}, runs(is_ascii_digit, 3, 3)};
constexpr Scanner kDeepseekCoder[] = {runs(is_newline, 1, 1), runs(is_letter, 1, ~0u, Before::any_space),
                                      runs(is_punctuation, 1, ~0u, Before::any_space),
                                      runs(is_deepseek_cjk), runs(is_number, 1, 1)};
constexpr Scanner kDeepseekLlm[] = {runs(is_newline, 1, 1),
                                    runs(is_deepseek_letter, 1, ~0u, Before::any_space),
                                    runs(is_deepseek_mark, 1, ~0u, Before::any_space),
                                    {scan_trailing_spaces, {}},
                                    runs(is_deepseek_cjk),
                                    runs(is_number)};
constexpr Scanner kDeepseekV3[] = {runs(is_number, 1, 3), runs(is_cjk_or_kana), {scan_marked, {}}};
constexpr Scanner kSpark[] = {runs(is_number, 1, 3),
                              runs(is_cjk_or_kana),
                              {scan_marked, {.newlines_after = false}},
                              runs(is_number, 1, 1)};
constexpr Scanner kGpt4o[] = {{scan_cased, {.most = 3, .slash_after = true}}};
constexpr Scanner kTekken[] = {{scan_cased, {.most = 1, .contractions = false, .slash_after = true}}};
constexpr Scanner kBloom[] = {runs(is_bloom_word, 1, ~0u, Before::blank)};
constexpr Scanner kViking[] = {runs(is_bloom_word, 1, ~0u, Before::blank), runs(is_number, 1, 1)};

// ---- the table

constexpr bool kKeepsSpaces = false, kCleans = true;
constexpr bool kWholeWords = true, kBos = true;

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
    {"modern-bert", kGpt2},
    {"mpt", kGpt2},
    {"olmo", kGpt2},
    {"phi-2", kGpt2},
    {"roberta-bpe", kGpt2},
    {"trillion", kGpt2, kKeepsSpaces},

    {"smollm", kDigitsGpt2, kKeepsSpaces},
    {"codeshell", kDigitsGpt2},
    {"command-r", kDigitsGpt2, kKeepsSpaces},
    {"exaone", kDigitsGpt2},
    {"mellum2", kDigitsGpt2},
    {"minerva-7b", kDigitsGpt2},
    {"refact", kDigitsGpt2},
    {"starcoder", kDigitsGpt2},

    {"llama3", kLlama3, kCleans, kWholeWords, kBos},
    {"llama-bpe", kLlama3, kCleans, kWholeWords, kBos},
    {"llama-v3", kLlama3, kCleans, kWholeWords, kBos},
    {"falcon-h1", kLlama3, kCleans, kWholeWords, kBos},
    {"falcon3", kLlama3, kCleans, kWholeWords, kBos},
    {"jina-v5-nano", kLlama3, kCleans, kWholeWords, kBos},
    {"lfm2", kLlama3, kCleans, kWholeWords, kBos},
    {"midm-2.0", kLlama3, kCleans, kWholeWords, kBos},
    {"pixtral", kLlama3, kCleans, kWholeWords, kBos},
    {"chatglm-bpe", kLlama3},
    {"dbrx", kLlama3},
    {"glm4", kLlama3},
    {"smaug-bpe", kLlama3},

    {"qwen2", kQwen2, kKeepsSpaces},
    {"bailingmoe", kQwen2, kKeepsSpaces},
    {"bailingmoe2", kQwen2, kKeepsSpaces},
    {"deepseek-r1-qwen", kQwen2, kKeepsSpaces},
    {"f2llmv2", kQwen2, kKeepsSpaces},
    {"grok-2", kQwen2, kKeepsSpaces},
    {"hunyuan", kQwen2, kKeepsSpaces},
    {"kormo", kQwen2, kKeepsSpaces},
    {"llada-moe", kQwen2, kKeepsSpaces},
    {"megrez", kQwen2},
    {"solar-open", kQwen2, kKeepsSpaces},
    {"stablelm2", kQwen2},

    {"qwen35", kQwen35, kKeepsSpaces},
    {"seed-coder", kSeedCoder, kKeepsSpaces},
    {"ufakzeka", kUfakzeka, kKeepsSpaces},
    {"laguna", kLaguna, kKeepsSpaces},
    {"minicpm5", kMiniCpm5, kCleans, kWholeWords},
    {"falcon", kFalcon},
    {"deepseek-coder", kDeepseekCoder, kKeepsSpaces},
    {"deepseek-llm", kDeepseekLlm, kKeepsSpaces},

    {"deepseek-v3", kDeepseekV3, kKeepsSpaces},
    {"hunyuan-dense", kDeepseekV3, kKeepsSpaces},
    {"hy_v4", kDeepseekV3, kKeepsSpaces},
    {"joyai-llm", kDeepseekV3, kKeepsSpaces},
    {"spark2_5", kSpark, kKeepsSpaces},

    {"gpt-4o", kGpt4o, kKeepsSpaces},
    {"granite-embed-multi-97m", kGpt4o, kKeepsSpaces, kWholeWords},
    {"kanana2", kGpt4o, kKeepsSpaces},
    {"llama4", kGpt4o, kKeepsSpaces},
    {"minimax-m2", kGpt4o, kKeepsSpaces},
    {"talkie", kGpt4o, kKeepsSpaces},
    {"tekken", kTekken, kKeepsSpaces, kWholeWords, kBos},

    {"bloom", kBloom},
    {"gpt3-finnish", kBloom},
    {"poro-chat", kBloom, kKeepsSpaces},
    {"viking", kViking, kKeepsSpaces},
};

// Names whose patterns no scanner here can cut yet: the default pattern would give wrong tokens.
constexpr std::string_view kAwaited[] = {
    "afmoe",  "chameleon", "cohere2moe", "exaone-moe", "gemma4",   "granite-embed-multi-311m",
    "jais-2", "kimi-k2",   "sarvam-moe", "superbpe",   "tiny_aya", "whitespace",
    "youtu",
};

}  // namespace

std::span<const Pretokenizer> all_pretokenizers() { return kTable; }

const Pretokenizer* find_pretokenizer(std::string_view name) {
  for (const Pretokenizer& row : kTable) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

bool awaits_scanner(std::string_view name) {
  return std::find(std::begin(kAwaited), std::end(kAwaited), name) != std::end(kAwaited);
}

const Pretokenizer& default_pretokenizer() { return kTable[0]; }

std::vector<std::string_view> cut_words(const Pretokenizer& pretokenizer, std::string_view text) {
  std::vector<std::string_view> pieces;
  if (!text.empty()) pieces.push_back(text);
  for (const Scanner& scanner : pretokenizer.scanners) cut_pieces(scanner, pieces);
  return pieces;
}

}  // namespace straddle::text
