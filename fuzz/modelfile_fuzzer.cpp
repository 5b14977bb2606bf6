// Modelfiles: nothing crashes or hangs, and what is printed reads the same again, but for texts that the
// language cannot say.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target modelfile_fuzzer
//   build/fuzz/fuzz/modelfile_fuzzer -dict=fuzz/modelfile.dict -max_len=4000 -max_total_time=600
//   /tmp/corpus fuzz/corpus/modelfile
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/store.h"

namespace {

using namespace straddle;
using namespace straddle::store;

void require(bool holds) {
  if (!holds) std::abort();
}

bool can_be_said(const ModelfileCommand& command) {
  return command.text.find("\"\"\"") == std::string::npos &&
         (command.text.empty() || command.text.back() != '"');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto read = parse_modelfile(bytes, "fuzz");
  if (!read) {
    require(read.error().kind == ErrorKind::bad_input && read.error().where == "fuzz");
    return 0;
  }
  std::erase_if(read->commands, [](const ModelfileCommand& c) { return !can_be_said(c); });
  const auto again = parse_modelfile(modelfile_text(*read), "fuzz");
  if (!again) {
    require(again.error().what == "no FROM line");
    return 0;
  }
  require(again->commands.size() == read->commands.size());
  for (size_t i = 0; i < again->commands.size(); ++i) {
    const ModelfileCommand &a = read->commands[i], &b = again->commands[i];
    require(a.word == b.word && a.name == b.name && a.text == b.text);
  }
  return 0;
}
