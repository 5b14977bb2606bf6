// What the command line asks for, as plain data; and the table of commands and flags that parsing, help,
// man page and completions are made from.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace straddle::engine {
struct Trace;
}

namespace straddle::cli {

struct Request {
  std::vector<std::string> words;        // positional, behind the command
  std::vector<std::string> assignments;  // NAME=VALUE: --set, and flags that are short for it
  std::string device, isa, out, tokens, split, file, batch, messages, now, quantize, keepalive;
  std::optional<std::string> system;  // "" says that there is none, in place of a session's
  std::string format, think, type = "Q4_K_M", depth = "0", rows = "1,2,4,8", prompts = "128,512";
  int64_t chunk = 0, top = 10, seed = 0, repeat = 5;
  std::optional<int64_t> layers;  // none: all
  std::string ram, vram;          // where a model is to be
  std::vector<std::string> pins;
  // Of plan and why:
  std::string machine, kv, fill;
  std::string trace;
  engine::Trace* recording = nullptr;  // of --trace, while the command runs (tracing.h)
  int64_t parallel = 1;
  bool raw = false, verbose = false, json = false, step = false, all = false, pieces = false,
       bos = false, spans = false;
  bool check = false, no_special = false, tensors = false, no_word_wrap = false, hide_thinking = false,
       header_only = false, measure = false, insecure = false;
  // Of show: one text of the model.
  bool shows_license = false, shows_modelfile = false, shows_parameters = false, shows_system = false,
       shows_template = false;
};

// Of --set, and of a flag that is short for --set OPTION=VALUE.
struct SetsOption {
  std::string_view option = {};  // empty: the value is the whole assignment
};

using Member = std::variant<bool Request::*, int64_t Request::*, std::optional<int64_t> Request::*,
                            std::string Request::*, std::optional<std::string> Request::*,
                            std::vector<std::string> Request::*, SetsOption>;

struct Flag {
  std::string_view name;   // "--top"; two may share it, of different commands
  std::string_view value;  // what stands behind it in help: "FILE"; empty for a switch, "[=LEVEL]"
                           // where it may be missing, so that it does not swallow the prompt
  std::string_view help;
  Member member;
  std::string_view commands;  // "run logits"; "*": all that compute
  int32_t least = 0;          // of a whole number
};

struct Command {
  std::string_view name, words;  // words: positional arguments as help shows them
  size_t least, most;            // how many words
  std::string_view help;
  bool computes;  // takes the "*" flags
  Status (*run)(const Request&);
};

std::span<const Command> commands();
std::span<const Flag> flags();
bool takes(const Command& command, const Flag& flag);
const Command* find_command(std::string_view name);  // -v, --version and ls too; null: none
const Flag* find_flag(const Command& command, std::string_view name);  // null: it takes none

struct Parsed {
  const Command* command = nullptr;  // null: print `text` and end
  Request request;
  std::string text;
};

// Flags may stand anywhere behind the command, as "--flag value" or "--flag=value", which may be empty.
// Text is what stands behind "--", and a word with a dash in front that can be no flag: "-help me",
// "-1". Usage errors name the word that is wrong, and what is near it. --help comes back as text.
Result<Parsed> parse(int argc, const char* const* argv);

}  // namespace straddle::cli
