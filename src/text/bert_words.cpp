// After BertNormalizer and BertPreTokenizer of Hugging Face's tokenizers, with two simplifications
// that the golden cases show: of a character's canonical decomposition only the first part stays, and
// every mark (\p{M}) is an accent.
#include "text/bert_words.h"

#include <utf8proc.h>

#include <utility>

#include "text/character.h"
#include "text/space_mark.h"

namespace straddle::text {
namespace {

constexpr Class kControl = 0xFu << UTF8PROC_CATEGORY_CC;  // Cc, Cf, Cs, Co

// The CJK blocks of BERT; U+2B920 stands in the original.
constexpr CodeRange kIdeographs[] = {{0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},
                                     {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F},
                                     {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};

bool is_ideograph(uint32_t code) {
  if (code < kIdeographs[0].first) return false;
  return in_ranges(kIdeographs, code);
}

uint32_t without_accent(uint32_t code) {
  if (code < 0xC0) return code;
  utf8proc_int32_t parts[32];
  const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts, 32,
                                             UTF8PROC_DECOMPOSE, nullptr);
  return count > 0 ? static_cast<uint32_t>(parts[0]) : code;
}

uint32_t lower(uint32_t code) {
  return static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
}

class Words {
 public:
  explicit Words(const BertRules& rules) : rules_(rules) {}

  // An invalid byte is nothing, as U+FFFD and control characters are.
  void add(uint32_t code) {
    if (code == kNoCharacter) return;
    if (rules_.strip_accents) code = without_accent(code);
    const Class bits = code < 128 ? kAsciiClass[code] : class_of(code);
    if (bits & kSpace) return finish();
    if (code == 0 || code == 0xFFFD || (bits & kControl)) return;
    if (rules_.strip_accents && (bits & kMark)) return;
    const bool alone = (bits & kPunctuation) || (code < 128 && (bits & kSymbol)) || is_ideograph(code);
    if (alone) finish();
    append_utf8(word_, rules_.lower_case ? lower(code) : code);
    if (alone) finish();
  }

  void finish() {
    if (word_.size() > kSpaceMark.size()) words_.add(word_);
    word_ = kSpaceMark;
  }

  StringTable take() {
    finish();
    return std::move(words_);
  }

 private:
  const BertRules& rules_;
  StringTable words_;
  std::string word_{kSpaceMark};
};

}  // namespace

StringTable bert_words(std::string_view text, const BertRules& rules) {
  Words words(rules);
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = decode_utf8(text, at);
    words.add(c.code);
    at += c.bytes;
  }
  return words.take();
}

}  // namespace straddle::text
