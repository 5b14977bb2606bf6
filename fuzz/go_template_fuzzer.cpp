// A Go template and a conversation of the fuzzer's making: nothing may crash, hang or pass its limits,
// and what counts as said by somebody lies in order inside of the prompt.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target go_template_fuzzer
//   build/fuzz/fuzz/go_template_fuzzer -dict=fuzz/go_template.dict -max_len=4000 -max_total_time=600
//   /tmp/corpus tests/golden/go_templates/templates
//
// Input: the template, a NUL byte, then messages as JSON, which are the tools too; without them usual
// ones are taken.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "rendered.h"

namespace {

using namespace straddle;
using namespace straddle::chat;

const Json& usual_conversation() {
  static const Json usual = Json::parse(R"([{"role": "system", "content": "s"},
      {"role": "user", "content": " Grüße <|im_end|> "}, {"role": "user", "content": ["a", {"text": "b"}]},
      {"role": "assistant", "content": "", "thinking": "t",
       "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1, "y": [null, {"z": "<"}]}}}]},
      {"role": "tool", "content": "r"}])");
  return usual;
}

const Json& usual_tools() {
  static const Json usual =
      Json::parse(R"([{"type": "function", "function": {"name": "f", "description": "d",
      "parameters": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"},
      "y": {"anyOf": [{"type": ["string", "null"]}], "properties": {"z": {}}, "enum": [1, "a"]}}}}}])");
  return usual;
}

void check(const Error& error) {
  require(!error.where.empty() && !error.what.empty());
  require(one_line(error).find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t cut = std::min(input.find('\0'), input.size());
  const Json own = Json::parse(input.substr(std::min(cut + 1, input.size())), nullptr, false);
  const bool usual = own.is_discarded();
  const Json extra{{"enable_thinking", size % 2 == 0}, {"suffix", size % 16 == 0 ? "end" : ""}};
  const auto chat_template = Template::parse(std::string(input.substr(0, cut)), "fuzz", Language::go);
  if (!chat_template) {
    check(chat_template.error());
    return 0;
  }
  const auto rendered = chat_template->render({.messages = usual ? &usual_conversation() : &own,
                                               .tools = usual ? &usual_tools() : &own,
                                               .extra = &extra},
                                              {}, {}, kLimits);
  if (rendered) {
    check(*rendered);
  } else {
    check(rendered.error());
  }
  return 0;
}
