// The golden cases of a vocabulary (golden/tokenizers/README.md).
#pragma once
#include <string>
#include <vector>

#include "text/text.h"

namespace straddle::text {

struct GoldenCase {
  std::string text;
  bool valid_utf8;
  EncodeOptions options;
  std::vector<TokenId> ids;
  std::string decoded;  // empty where the row has none
};

std::vector<GoldenCase> read_golden_cases(const std::string& path);

}  // namespace straddle::text
