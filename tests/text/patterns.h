// The pre-tokenizers as regular expressions: what each row of pretokenizers.cpp has to equal.
#pragma once
#include <string_view>
#include <vector>

namespace straddle::text {

struct NamedPatterns {
  std::vector<std::string_view> names;     // of tokenizer.ggml.pre
  std::vector<std::string_view> patterns;  // applied in order, each to all pieces of the one before
};

const std::vector<NamedPatterns>& all_patterns();

}  // namespace straddle::text
