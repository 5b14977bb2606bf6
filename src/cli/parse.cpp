// The words of the command line become a Request, by the tables of commands and flags.
#include <algorithm>
#include <charconv>
#include <optional>

#include "base/nearest.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/request.h"
#include "options/options.h"

namespace straddle::cli {
namespace {

using Words = std::span<const std::string>;

bool is_help(std::string_view word) { return word == "-h" || word == "--help"; }

std::string usage_of(const Command& command) {
  const std::string name = "straddle " + std::string(command.name);
  return command.words.empty() ? name : name + " " + std::string(command.words);
}

std::string usage_of(const Flag& flag) { return std::string(flag.name) + " " + std::string(flag.value); }

// ---- a flag and its value

tl::unexpected<Error> refuse(const Flag& flag, const std::string& value, const std::string& expected) {
  return fail(ErrorKind::usage, std::string(flag.name), "'" + value + "' is not " + expected);
}

// How each type of member takes a value.
struct Take {
  Request& request;
  const Flag& flag;
  const std::string& value;

  Status operator()(bool Request::*member) const {
    if (value != "true" && value != "false") return refuse(flag, value, "true or false");
    request.*member = value == "true";
    return {};
  }
  template <class Number>  // int64_t, or one that may be missing
  Status operator()(Number Request::*member) const {
    int32_t number = 0;
    const char* end = value.data() + value.size();
    const auto [read, error] = std::from_chars(value.data(), end, number);
    const std::string least = std::to_string(flag.least);
    if (error != std::errc() || read != end)
      return refuse(flag, value, "a whole number from " + least + " to 2147483647");
    if (number < flag.least) return refuse(flag, value, least + " or more");
    request.*member = number;
    return {};
  }
  Status operator()(std::string Request::*member) const {
    request.*member = value;
    return {};
  }
  Status operator()(std::optional<std::string> Request::*member) const {
    request.*member = value;
    return {};
  }
  Status operator()(std::vector<std::string> Request::*member) const {
    (request.*member).push_back(value);
    return {};
  }
  Status operator()(SetsOption sets) const {
    const bool is_short = !sets.option.empty();
    const std::string assignment = is_short ? std::string(sets.option) + "=" + value : value;
    options::Options unused;
    if (auto ok = options::set(unused, assignment); !ok) {
      if (is_short) ok.error().where = flag.name;
      return ok;
    }
    request.assignments.push_back(assignment);
    return {};
  }
};

// An empty value of these is a variable of a script that was not set, and no wish.
bool says_nothing_if_empty(const Flag& flag) {
  constexpr std::string_view kinds[] = {"FILE", "MACHINE", "SIZE", "SHARE", "LIST"};
  return std::ranges::any_of(kinds, [&](std::string_view kind) { return flag.value.starts_with(kind); });
}

// "--flag=value", "--flag value", or a flag that needs none. Takes the value from the words to come.
Status take_flag(const Flag& flag, const std::string& word, Words& words, Request& request) {
  const size_t equals = word.find('=');
  const bool needs_one = !flag.value.empty() && !flag.value.starts_with("[=");
  std::string value = "true";
  if (equals != word.npos) {
    value = word.substr(equals + 1);
  } else if (needs_one) {
    if (words.empty())
      return fail(ErrorKind::usage, std::string(flag.name), "its value is missing", usage_of(flag));
    value = words.front();
    words = words.subspan(1);
  }
  if (value.empty() && says_nothing_if_empty(flag))
    return fail(ErrorKind::usage, std::string(flag.name), "its value is empty", usage_of(flag));
  return std::visit(Take{request, flag, value}, flag.member);
}

// ---- words of other programs

struct Foreign {
  std::string_view word, hint;
};

constexpr std::string_view kLayers = "-ngl N";
constexpr std::string_view kKv = "--kv f16 or f32, for both; plan knows q8_0 too";
constexpr std::string_view kPins = "--pin WHERE=DEVICE";

constexpr Foreign kForeignFlags[] = {
    {"--nothink", "--think=false"},
    {"--no-think", "--think=false"},
    {"-m", "the model is the first word: straddle run MODEL"},
    {"--model", "the model is the first word: straddle run MODEL"},
    {"-p", "the prompt needs no flag: straddle run MODEL \"your words\""},
    {"--prompt", "the prompt needs no flag: straddle run MODEL \"your words\""},
    {"-n", "--set num_predict=N"},
    {"--n-predict", "--set num_predict=N"},
    {"-c", "--ctx N"},
    {"--ctx-size", "--ctx N"},
    {"-b", "--set num_batch=N"},
    {"--batch-size", "--set num_batch=N"},
    {"-t", "--threads N"},
    {"-s", "--set seed=N"},
    {"-f", "standard input: straddle run MODEL <FILE"},
    {"-ctk", kKv},
    {"-ctv", kKv},
    {"--cache-type-k", kKv},
    {"--cache-type-v", kKv},
    {"--ngl", kLayers},
    {"--n-gpu-layers", kLayers},
    {"--gpu-layers", kLayers},
    {"--num-gpu", kLayers},
    {"--num-ctx", "--ctx N"},
    {"-ot", kPins},
    {"--override-tensor", kPins},
    {"--cpu-moe", "--pin '*.experts=cpu'"},
    {"--n-cpu-moe", "--pin '0-9.experts=cpu' for the first 10 layers"},
    {"-np", "--parallel N, of plan"},
    {"-r", "--repeat N, of bench"},
    {"-d", "--depth LIST, of bench"},
    {"-o", "--json prints JSON"},
};

constexpr Foreign kForeignCommands[] = {
    {"ps", "a model is held by the program that runs it, and by nothing else"},
    {"stop", "a model is held by the program that runs it, and by nothing else"},
    {"serve", "there is no server yet"},
    {"chat", "straddle run MODEL"},
};

std::string_view foreign_hint(std::span<const Foreign> known, std::string_view word) {
  const auto found = std::ranges::find(known, word, &Foreign::word);
  return found == known.end() ? std::string_view() : found->hint;
}

// ---- a word that begins with a dash and is no flag

bool has_space(std::string_view text) { return text.find_first_of(" \t\r\n") != text.npos; }

// What to type instead of a misspelt flag; options, which users of others know as flags, are set.
std::optional<std::string> advice(const Command& command, std::string name) {
  std::vector<std::string> names = {"help"}, typed = {"--help"};
  for (const Flag& flag : flags()) {
    if (!takes(command, flag)) continue;
    names.emplace_back(flag.name.substr(flag.name.find_first_not_of('-')));
    typed.emplace_back(flag.name);
  }
  if (find_flag(command, "--set")) {
    for (const auto& option : options::table()) {
      names.emplace_back(option.name);
      typed.push_back("--set " + std::string(option.name) + "=VALUE");
    }
  }
  name.erase(0, name.find_first_not_of('-'));
  std::ranges::replace(name, '-', '_');
  for (std::string& known : names) std::ranges::replace(known, '-', '_');
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view found = nearest(name, known);
  if (found.empty()) return std::nullopt;
  return typed[size_t(std::ranges::find(known, found) - known.begin())];
}

std::string commands_with(std::string_view flag) {
  std::string out;
  for (const Command& command : commands())
    if (find_flag(command, flag)) out.append(out.empty() ? "" : ", ").append(command.name);
  return out;
}

tl::unexpected<Error> unknown_flag(const Command& command, const std::string& name) {
  if (const std::string_view hint = foreign_hint(kForeignFlags, name); !hint.empty())
    return fail(ErrorKind::usage, name, "unknown flag", std::string(hint));
  if (const std::string others = commands_with(name); !others.empty()) {
    return fail(ErrorKind::usage, name, "is not for " + std::string(command.name),
                "a flag of " + others);
  }
  if (const auto typed = advice(command, name))
    return fail(ErrorKind::usage, name, "unknown flag", "did you mean " + *typed + "?");
  return fail(ErrorKind::usage, name, "unknown flag",
              "straddle " + std::string(command.name) +
                  " --help lists them; text that begins with a dash comes behind --");
}

// A number, or a sentence. A sentence behind "=" may be the value of a flag that is misspelt.
bool is_text(const Command& command, const std::string& word, const std::string& name) {
  if (!word.starts_with('-') || word == "-") return true;
  if (word[1] >= '0' && word[1] <= '9') return true;
  return has_space(name) || (has_space(word) && !advice(command, name));
}

// ---- a whole command

Status check_count(const Command& command, const std::vector<std::string>& words) {
  if (words.size() < command.least) {
    return fail(ErrorKind::usage, std::string(command.name), "words are missing", usage_of(command));
  }
  if (words.size() > command.most) {
    return fail(ErrorKind::usage, std::string(command.name),
                "'" + words[command.most] + "' is one word too many", usage_of(command));
  }
  return {};
}

Result<Parsed> read_words(const Command& command, Words words) {
  Parsed out{&command, {}, {}};
  std::vector<std::string>& texts = out.request.words;
  while (!words.empty()) {
    const std::string& word = words.front();
    words = words.subspan(1);
    if (word == "--") {
      texts.insert(texts.end(), words.begin(), words.end());
      break;
    }
    if (is_help(word)) return Parsed{nullptr, {}, command_help(command)};
    const std::string name = word.substr(0, word.find('='));
    if (const Flag* flag = find_flag(command, name)) {
      TRY(take_flag(*flag, word, words, out.request));
    } else if (is_text(command, word, name)) {
      texts.push_back(word);
    } else {
      return unknown_flag(command, name);
    }
  }
  TRY(check_count(command, texts));
  return out;
}

tl::unexpected<Error> unknown_command(const std::string& word) {
  if (const std::string_view hint = foreign_hint(kForeignCommands, word); !hint.empty())
    return fail(ErrorKind::usage, "", "unknown command '" + word + "'", std::string(hint));
  std::vector<std::string_view> names = {"help"};
  for (const Command& command : commands()) names.push_back(command.name);
  const std::string name(nearest(word, names));
  return fail(ErrorKind::usage, "", "unknown command '" + word + "'",
              name.empty() ? "straddle --help lists them" : "did you mean straddle " + name + "?");
}

Result<Parsed> read_help(Words words) {
  if (words.size() > 1) {
    return fail(ErrorKind::usage, "help", "'" + words[1] + "' is one word too many",
                "straddle help [COMMAND|options]");
  }
  if (words.empty() || is_help(words[0])) return Parsed{nullptr, {}, program_help()};
  if (words[0] == "options") return Parsed{nullptr, {}, options_help()};
  const Command* command = find_command(words[0]);
  if (!command) return unknown_command(words[0]);
  return Parsed{nullptr, {}, command_help(*command)};
}

}  // namespace

Result<Parsed> parse(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (words.empty() || is_help(words[0])) return read_help({});
  const Words behind = Words(words).subspan(1);
  if (words[0] == "help") return read_help(behind);
  if (words[0] == "__complete") return Parsed{nullptr, {}, completion_lines(behind)};
  const Command* command = find_command(words[0]);
  if (!command) return unknown_command(words[0]);
  return read_words(*command, behind);
}

}  // namespace straddle::cli
