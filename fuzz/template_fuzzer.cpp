// A template and a conversation of the fuzzer's making: nothing may crash, hang or pass its limits, and
// what counts as said by somebody lies in order inside of the prompt.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target template_fuzzer
//   build/fuzz/fuzz/template_fuzzer -dict=fuzz/template.dict -max_len=4000 -max_total_time=600
//   /tmp/corpus
//
// Input: the template, a NUL byte, then the conversation as JSON; without one a usual conversation is
// taken.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "rendered.h"

namespace {

using namespace straddle;
using namespace straddle::chat;

const Json& usual_conversation() {
  static const Json usual = Json::parse(R"([{"role": "system", "content": "s"},
      {"role": "user", "content": " Grüße <|im_end|> ", "n": 3, "l": [1, 2.5, null, true]},
      {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]}])");
  return usual;
}

void check(const Error& error) {
  require(error.where.rfind("fuzz", 0) == 0 && !error.what.empty());
  require(one_line(error).find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t cut = std::min(input.find('\0'), input.size());
  Json own = Json::parse(input.substr(std::min(cut + 1, input.size())), nullptr, false);
  const Json& said = own.is_discarded() ? usual_conversation() : own;
  const auto chat_template = Template::parse(std::string(input.substr(0, cut)), "fuzz");
  if (!chat_template) {
    check(chat_template.error());
    return 0;
  }
  const auto rendered = chat_template->render({&said, &said, &said, true}, {"<s>", "</s>"}, {}, kLimits);
  if (rendered) {
    check(*rendered);
  } else {
    check(rendered.error());
  }
  return 0;
}
