// Modelfiles: a model written down as text, in Ollama's language (docs/store.md).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace straddle::store {

enum class ModelfileWord : uint8_t {
  from,
  chat_template,
  system,
  license,
  adapter,
  parameter,
  message,
  renderer,
  parser,
  needs_version,
  draft,
};

struct ModelfileCommand {
  ModelfileWord word;
  std::string name;  // of a parameter; of a message its role
  std::string text;
  size_t line = 0;  // where it begins, counted from 1
};

struct Modelfile {
  std::vector<ModelfileCommand> commands;
};

inline constexpr size_t kLargestModelfile = 16 << 20;  // bytes

// UTF-8, or UTF-16 with its mark. where: the file, for errors, which are bad_input and name the line.
Result<Modelfile> parse_modelfile(std::string_view bytes, const std::string& where);

// As Ollama prints it: quotes only where they are needed. What is parsed again is the same, but for
// texts that hold three quotes at the end of a line, which the language cannot say.
std::string modelfile_text(const Modelfile& modelfile);

}  // namespace straddle::store
