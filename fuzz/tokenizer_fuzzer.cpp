// A vocabulary of the fuzzer's making meets a text of its making: nothing may crash, hang or leave the
// vocabulary, and what is encoded must come back where the vocabulary has a token for every byte.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target tokenizer_fuzzer
//   build/fuzz/fuzz/tokenizer_fuzzer -max_len=800 -len_control=0 -max_total_time=600 /tmp/corpus
//
// Input: a line of settings, a line that is the normaliser's data, lines of tokens and merges, an empty
// line, then the text; '|' in it begins and ends what a message says.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "text/byte_alphabet.h"
#include "text/clean_up.h"
#include "text/pretokenizers.h"
#include "text/text.h"

namespace {

using namespace straddle;
using namespace straddle::text;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Input {
  std::string_view rest;

  std::string_view line() {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
  }
  static uint8_t byte(std::string_view line, size_t i) {
    return i < line.size() ? static_cast<uint8_t>(line[i]) : 0;
  }
};

struct Words {
  std::vector<std::string> tokens, merges;
  std::vector<int32_t> types;
  std::vector<float> scores;

  void add(std::string token, int32_t type, float score) {
    tokens.push_back(std::move(token));
    types.push_back(type);
    scores.push_back(score);
  }
};

std::string formatted(const char* format, int byte) {
  char out[8];
  std::snprintf(out, sizeof out, format, static_cast<unsigned>(byte));
  return out;
}

// The tokens of all bytes, as the family writes them: then no byte of a text may be lost.
void add_bytes(bool byte_level, bool escaped, Words& words) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte_level) {
      append_utf8(words.tokens.emplace_back(), printable_of(static_cast<unsigned char>(byte)));
    } else {
      words.tokens.push_back(formatted(escaped ? "\\x%02x" : "<0x%02X>", byte));
    }
    words.types.push_back(byte_level || escaped ? 1 : 6);
    words.scores.push_back(0);
  }
}

// A line is a merge if it has a space, else a token: type, score, then its text.
void add_line(std::string_view line, Words& words) {
  if (line.find(' ') != line.npos) {
    words.merges.emplace_back(line);
    return;
  }
  words.add(std::string(line.substr(std::min<size_t>(2, line.size()))), 1 + Input::byte(line, 0) % 6,
            static_cast<float>(Input::byte(line, 1)));
}

struct Settings {
  std::string_view model, pre;
  bool all_bytes, prefix, bos, phi3, merges_spaces;
  std::string_view charsmap;

  bool of_words() const { return model == "gpt2" && !find_pretokenizer(pre)->of_characters; }
  bool cleans_spaces() const {
    return model == "gpt2" ? find_pretokenizer(pre)->cleans_spaces
                           : model == "gemma4" || model == "bert";
  }
  // Nothing is normalised.
  bool keeps_text() const { return model != "bert" && !merges_spaces && charsmap.empty(); }
  // U+2581 is a space, and BOS or a byte order mark is none of the text.
  bool knows_marks() const { return !of_words() && model != "rwkv"; }
};

Settings read_settings(Input& input) {
  constexpr std::string_view kModels[] = {"llama", "gpt2", "gemma4", "bert", "t5", "rwkv", "plamo2"};
  const std::string_view line = input.line();
  const uint8_t bits = Input::byte(line, 0);
  const auto rows = all_pretokenizers();
  const std::string_view model = kModels[Input::byte(line, 2) % std::size(kModels)];
  const bool normalises = model == "t5";
  return {model,
          rows[Input::byte(line, 1) % rows.size()].name,
          (bits & 1) != 0,
          (bits & 2) != 0,
          (bits & 4) != 0,
          (bits & 8) != 0,
          (bits & 16) != 0 && normalises,
          normalises ? input.line() : std::string_view()};
}

// The line as units of the double array, then a few replacements.
void add_charsmap(const Settings& settings, gguf::Writer& writer, std::string& data) {
  if (settings.charsmap.empty()) return;
  const size_t units = settings.charsmap.size() / 4 * 4;
  data = std::string{static_cast<char>(units & 0xFF), static_cast<char>(units >> 8), 0, 0};
  data.append(settings.charsmap.substr(0, units)).append("x\0 \0\0yz \0", 9);
  const std::span bytes(reinterpret_cast<const uint8_t*>(data.data()), data.size());
  writer.add(
      gguf::Entry{"tokenizer.ggml.precompiled_charsmap",
                  {gguf::ValueType::array, gguf::Array{gguf::ValueType::u8, data.size(), bytes, {}}}});
}

Result<Tokenizer> build(const Settings& settings, Input& input) {
  Words words;
  if (settings.all_bytes) add_bytes(settings.of_words(), settings.model == "rwkv", words);
  for (std::string_view line = input.line(); !line.empty(); line = input.line()) add_line(line, words);
  gguf::Writer writer;
  const std::string prefix = "tokenizer.ggml.";
  writer.add(prefix + "model", settings.model);
  writer.add(prefix + "pre", settings.pre);
  writer.add("general.name", std::string_view(settings.phi3 ? "phi-3" : ""));
  writer.add(prefix + "tokens", std::span<const std::string>(words.tokens));
  writer.add(prefix + "token_type", std::span<const int32_t>(words.types));
  writer.add(prefix + "scores", std::span<const float>(words.scores));
  writer.add(prefix + "merges", std::span<const std::string>(words.merges));
  writer.add(prefix + "add_space_prefix", settings.prefix);
  writer.add(prefix + "add_bos_token", settings.bos);
  writer.add(prefix + "remove_extra_whitespaces", settings.merges_spaces);
  std::string charsmap;
  add_charsmap(settings, writer, charsmap);
  const auto bytes = writer.bytes();
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  const auto file = gguf::File::parse(*bytes, "fuzz", true);
  if (!file) return tl::unexpected<Error>(file.error());
  return Tokenizer::from(*file);
}

void check_stream(const Tokenizer& tokenizer, const std::vector<TokenId>& ids,
                  const Settings& settings) {
  StreamDecoder decoder(tokenizer, {});
  std::string out;
  for (const TokenId id : ids) out += decoder.push(id);
  out += decoder.finish();
  require(replace_invalid(out) == out);
  if (!settings.cleans_spaces()) require(out == replace_invalid(tokenizer.decode(ids, false)));
}

bool has_user_defined(const Tokenizer& tokenizer) {
  for (TokenId id = 0; id < static_cast<TokenId>(tokenizer.size()); ++id) {
    if (tokenizer.type(id) == TokenType::user_defined) return true;
  }
  return false;
}

// User-defined tokens may change the spaces around them.
void check_there_and_back(const Tokenizer& tokenizer, std::string_view text, const Settings& settings) {
  if ((settings.prefix || settings.phi3) && has_user_defined(tokenizer)) return;
  if (!settings.keeps_text()) return;
  if (settings.knows_marks() && text.find("\xE2\x96\x81") != text.npos) return;
  if (settings.model == "plamo2" && text.find("\xEF\xBB\xBF") != text.npos) return;
  const auto back = tokenizer.decode(tokenizer.encode(text, {.add_special = false}));
  require(back == (settings.cleans_spaces() ? clean_up_spaces(std::string(text)) : std::string(text)));
}

std::vector<Range> quoted_in(std::string_view text) {
  std::vector<Range> out;
  for (size_t at = text.find('|'); at != text.npos; at = text.find('|', at)) {
    const size_t end = std::min(text.find('|', at + 1), text.size());
    out.push_back({at, end});
    at = std::min(end + 1, text.size());
  }
  return out;
}

// Any ranges will do; where all is quoted, nothing that is guarded comes out.
void check_prompt(const Tokenizer& tokenizer, std::string_view text) {
  const TokenSet guarded = tokenizer.guarded(text.substr(0, text.size() / 2));
  for (const TokenId id : tokenizer.encode_prompt(text, quoted_in(text), guarded)) {
    require(id >= 0 && static_cast<size_t>(id) < tokenizer.size());
  }
  const std::vector<Range> all = {{0, text.size()}};
  auto ids = tokenizer.encode_prompt(text, all, guarded);
  if (tokenizer.adds_bos()) ids.erase(ids.begin());
  for (const TokenId id : ids) require(!guarded[static_cast<size_t>(id)]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input{{reinterpret_cast<const char*>(data), size}};
  const Settings settings = read_settings(input);
  const auto tokenizer = build(settings, input);
  if (!tokenizer) return 0;
  for (const bool special : {false, true}) {
    const auto ids = tokenizer->encode(input.rest, {special, special});
    for (const TokenId id : ids) require(id >= 0 && static_cast<size_t>(id) < tokenizer->size());
    check_stream(*tokenizer, ids, settings);
  }
  check_prompt(*tokenizer, input.rest);
  if (settings.all_bytes) check_there_and_back(*tokenizer, input.rest, settings);
  return 0;
}
