// `straddle tokenize` and `straddle detokenize`: single, or a line of JSON at a time.
#include <nlohmann/json.hpp>

#include "cli/base64.h"
#include "cli/commands.h"
#include "cli/each_line.h"
#include "cli/id_list.h"
#include "cli/input.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using json = nlohmann::ordered_json;

std::string words_from(const Request& request, size_t first) {
  std::string out;
  for (size_t i = first; i < request.words.size(); ++i)
    out.append(i > first ? " " : "").append(request.words[i]);
  return out;
}

// Words where some are given, else standard input.
Result<std::string> words_or_input(const Request& request, const char* what) {
  if (request.words.size() > 1) return words_from(request, 1);
  return read_text("", what);
}

Status print_ids(const Request& request, const text::Tokenizer& tokenizer,
                 const std::vector<int32_t>& ids) {
  std::string out;
  if (request.json) {
    out = json(ids).dump() + "\n";
  } else if (request.pieces) {
    for (int32_t id : ids) out += std::to_string(id) + "\t" + printable(tokenizer.piece(id)) + "\n";
  } else {
    for (int32_t id : ids) out.append(out.empty() ? "" : " ").append(std::to_string(id));
    out += "\n";
  }
  say(out);
  return {};
}

bool flag_of(const json& line, const char* name, bool fallback) {
  const auto found = line.find(name);
  return found != line.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

Result<std::string> encode_line(const text::Tokenizer& tokenizer, const json& line) {
  if (!line.is_object())
    return fail(ErrorKind::bad_input, "", "not a JSON object with text or text_b64");
  std::string text;
  if (const auto b64 = line.find("text_b64"); b64 != line.end() && b64->is_string()) {
    auto bytes = TRY(from_base64(b64->get_ref<const std::string&>()));
    text = std::move(bytes);
  } else if (const auto plain = line.find("text"); plain != line.end() && plain->is_string()) {
    text = plain->get_ref<const std::string&>();
  } else {
    return fail(ErrorKind::bad_input, "", "neither text nor text_b64");
  }
  const text::EncodeOptions options{flag_of(line, "add_special", false),
                                    flag_of(line, "parse_special", true)};
  return json(tokenizer.encode(text, options)).dump();
}

Result<std::string> decode_line(const text::Tokenizer& tokenizer, const json& line) {
  if (!line.is_array()) return fail(ErrorKind::bad_input, "", "not a JSON array of ids");
  std::vector<int32_t> ids;
  for (const json& id : line) {
    if (!id.is_number_integer()) return fail(ErrorKind::bad_input, "", "an id is not a whole number");
    ids.push_back(int32_t(std::clamp<int64_t>(id.get<int64_t>(), -1, 2147483647)));
  }
  const std::string text = tokenizer.decode(ids);
  try {
    return json(text).dump();  // throws where it is not UTF-8
  } catch (const json::exception&) {
    return json{{"b64", to_base64(text)}}.dump();
  }
}

Result<text::Tokenizer> open_tokenizer(const Request& request) {
  auto file = TRY(store::open_vocabulary(request.words[0]));
  return conversation::load_tokenizer(file, warn);
}

// What would have no effect is refused: lines of a batch have their text, and their flags, in
// themselves.
Status check_together(const Request& request) {
  const bool is_batch = !request.batch.empty();
  if (is_batch && request.words.size() > 1) {
    return fail(ErrorKind::usage, "--batch", "'" + request.words[1] + "' comes with it",
                "either words or lines of FILE.jsonl");
  }
  if (is_batch && (request.bos || request.no_special)) {
    return fail(ErrorKind::usage, request.bos ? "--bos" : "--no-special", "does not go with --batch",
                request.bos ? "\"add_special\": true in a line" : "\"parse_special\": false in a line");
  }
  if (request.pieces && (is_batch || request.json)) {
    return fail(ErrorKind::usage, "--pieces",
                is_batch ? "does not go with --batch" : "does not go with --json", "leave one out");
  }
  return {};
}

}  // namespace

Status tokenize(const Request& request) {
  TRY(check_together(request));
  auto tokenizer = TRY(open_tokenizer(request));
  if (!request.batch.empty()) {
    return each_line(request.batch, [&](const json& line) { return encode_line(tokenizer, line); });
  }
  auto text = TRY(words_or_input(request, "the text"));
  return print_ids(
      request, tokenizer,
      tokenizer.encode(text, {.add_special = request.bos, .parse_special = !request.no_special}));
}

Status detokenize(const Request& request) {
  TRY(check_together(request));
  auto tokenizer = TRY(open_tokenizer(request));
  if (!request.batch.empty()) {
    return each_line(request.batch, [&](const json& line) { return decode_line(tokenizer, line); });
  }
  auto text = TRY(words_or_input(request, "the token ids"));
  auto ids = TRY(parse_ids(text));
  for (int32_t id : ids) {
    if (id < 0 || size_t(id) >= tokenizer.size()) {
      return fail(
          ErrorKind::bad_input, "ids",
          std::to_string(id) + " is outside the vocabulary of " + std::to_string(tokenizer.size()));
    }
  }
  say(tokenizer.decode(ids) + "\n");
  return {};
}

}  // namespace straddle::cli
