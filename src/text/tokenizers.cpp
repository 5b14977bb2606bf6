// The table of tokenizer families.
#include "text/family.h"

namespace straddle::text {
namespace {

constexpr Family kFamilies[] = {
    {"llama", sentencepiece_defaults, make_sentencepiece},
    {"gpt2", byte_level_defaults, make_byte_level},
    {"gemma4", gemma4_defaults, make_gemma4},
    {"bert", wordpiece_defaults, make_wordpiece},
    {"t5", unigram_defaults, make_unigram},
    {"rwkv", rwkv_defaults, make_rwkv},
    {"plamo2", plamo2_defaults, make_plamo2},
};

}  // namespace

const Family* find_family(std::string_view model) {
  for (const Family& family : kFamilies) {
    if (family.model == model) return &family;
  }
  return nullptr;
}

}  // namespace straddle::text
