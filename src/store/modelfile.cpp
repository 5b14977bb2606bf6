#include "store/modelfile.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/lower_case.h"
#include "base/utf8.h"
#include "store/stored_model.h"

namespace straddle::store {
namespace {

constexpr std::string_view kQuotes = "\"\"\"", kBlanks = " \t", kSpace = " \t\r\n";

struct Word {
  std::string_view text;  // as it is printed
  ModelfileWord word;
};
constexpr Word kWords[] = {
    {"FROM", ModelfileWord::from},       {"TEMPLATE", ModelfileWord::chat_template},
    {"SYSTEM", ModelfileWord::system},   {"LICENSE", ModelfileWord::license},
    {"ADAPTER", ModelfileWord::adapter}, {"PARAMETER", ModelfileWord::parameter},
    {"MESSAGE", ModelfileWord::message}, {"RENDERER", ModelfileWord::renderer},
    {"PARSER", ModelfileWord::parser},   {"REQUIRES", ModelfileWord::needs_version},
    {"DRAFT", ModelfileWord::draft},
};

// ---- text

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

// UTF-16 behind its mark. Half of a pair becomes U+FFFD.
std::string from_utf16(std::string_view bytes, bool big_end_first) {
  std::string out;
  const auto unit = [&](size_t at) {
    const auto byte = [&](size_t i) { return uint32_t(uint8_t(bytes[i])); };
    return big_end_first ? byte(at) << 8 | byte(at + 1) : byte(at + 1) << 8 | byte(at);
  };
  for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
    const uint32_t first = unit(at);
    const bool high = first >= 0xd800 && first < 0xdc00, low = first >= 0xdc00 && first < 0xe000;
    const uint32_t second = high && at + 3 < bytes.size() ? unit(at + 2) : 0;
    const bool pair = second >= 0xdc00 && second < 0xe000;
    append_utf8(out, pair          ? 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                     : high || low ? 0xfffd
                                   : first);
    if (pair) at += 2;
  }
  return out;
}

// Line ends as \n; what is no UTF-8 as U+FFFD.
std::string plain_text(std::string_view bytes) {
  std::string text;
  if (bytes.starts_with("\xff\xfe"))
    text = from_utf16(bytes.substr(2), false);
  else if (bytes.starts_with("\xfe\xff"))
    text = from_utf16(bytes.substr(2), true);
  else
    text = replace_invalid(bytes.starts_with("\xef\xbb\xbf") ? bytes.substr(3) : bytes);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool before_line_end = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!before_line_end && text[i] != '\0') out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

// What stands between quotes, which may be three or one; none where they are not closed.
std::optional<std::string_view> unquoted(std::string_view text) {
  for (const std::string_view quotes : {kQuotes, kQuotes.substr(0, 1)}) {
    if (!text.starts_with(quotes)) continue;
    if (text.size() < 2 * quotes.size() || !text.ends_with(quotes)) return std::nullopt;
    return text.substr(quotes.size(), text.size() - 2 * quotes.size());
  }
  return text;
}

// ---- reading

class Reader {
 public:
  Reader(std::string_view text, const std::string& where) : rest_(text), where_(where) {}

  bool at_end() {
    for (;;) {
      take(std::min(rest_.find_first_not_of(kSpace), rest_.size()));
      if (!rest_.starts_with('#')) return rest_.empty();
      take(std::min(rest_.find('\n'), rest_.size()));
    }
  }

  Result<ModelfileCommand> command() {
    ModelfileCommand out{ModelfileWord::from, {}, {}, line_};
    const std::string_view typed = word();
    const auto known = std::ranges::find_if(
        kWords, [&](const Word& w) { return lower_case(w.text) == lower_case(typed); });
    if (known == std::end(kWords))
      return refuse(out.line, "unknown command '" + shown(typed) + "'", all_words());
    out.word = known->word;
    if (out.word == ModelfileWord::parameter || out.word == ModelfileWord::message) out.name = word();
    if (out.word == ModelfileWord::message && !is_message_role(out.name))
      return refuse(out.line,
                    "the role of a message is system, user or assistant, not '" + shown(out.name) + "'");
    const auto text = value();
    if (!text) return refuse(out.line, "its quotes are not closed");
    if (text->empty() && out.word != ModelfileWord::system && out.word != ModelfileWord::chat_template)
      return refuse(out.line, std::string(known->text) + " has no value");
    out.text = *text;
    return out;
  }

 private:
  void take(size_t count) {
    line_ += size_t(std::count(rest_.begin(), rest_.begin() + long(count), '\n'));
    rest_.remove_prefix(count);
  }

  void skip_blanks() { take(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

  std::string_view word() {
    const std::string_view out = rest_.substr(0, rest_.find_first_of(kSpace));
    take(out.size());
    skip_blanks();
    return out;
  }

  // To the end of the line, or of the line that closes the quotes.
  std::optional<std::string_view> value() {
    size_t end = std::min(rest_.find('\n'), rest_.size());
    auto text = unquoted(trimmed(rest_.substr(0, end)));
    if (!text) {
      end = closing_line(rest_);
      text = unquoted(trimmed(rest_.substr(0, end)));
    }
    take(end);
    return text;
  }

  // The end of the first line that ends with the quotes that `text` begins with.
  static size_t closing_line(std::string_view text) {
    const std::string_view quotes = text.starts_with(kQuotes) ? kQuotes : kQuotes.substr(0, 1);
    for (size_t at = text.find(quotes, quotes.size()); at != text.npos; at = text.find(quotes, at + 1)) {
      const size_t behind = std::min(text.find_first_not_of(" \t\r", at + quotes.size()), text.size());
      if (behind == text.size() || text[behind] == '\n') return behind;
    }
    return text.size();
  }

  static std::string shown(std::string_view word) { return std::string(word.substr(0, 40)); }

  static std::string all_words() {
    std::string out;
    for (const Word& w : kWords) out.append(out.empty() ? "" : ", ").append(w.text);
    return out;
  }

  tl::unexpected<Error> refuse(size_t line, const std::string& what,
                               const std::string& hint = {}) const {
    return fail(ErrorKind::bad_input, where_, "line " + std::to_string(line) + ": " + what, hint);
  }

  std::string_view rest_;
  const std::string& where_;
  size_t line_ = 1;
};

// ---- printing

std::string quoted(const std::string& text) {
  const bool plain =
      !text.empty() && trimmed(text) == text && text.find('\n') == text.npos && text[0] != '"';
  if (plain) return text;
  const std::string quotes(text.find('"') == text.npos ? kQuotes.substr(0, 1) : kQuotes);
  return quotes + text + quotes;
}

}  // namespace

Result<Modelfile> parse_modelfile(std::string_view bytes, const std::string& where) {
  if (bytes.size() > kLargestModelfile)
    return fail(ErrorKind::bad_input, where, "is too large for a Modelfile");
  const std::string text = plain_text(bytes);
  Modelfile out;
  for (Reader reader(text, where); !reader.at_end();) out.commands.push_back(TRY(reader.command()));
  if (std::ranges::find(out.commands, ModelfileWord::from, &ModelfileCommand::word) ==
      out.commands.end())
    return fail(ErrorKind::bad_input, where, "no FROM line");
  return out;
}

std::string modelfile_text(const Modelfile& modelfile) {
  std::string out;
  for (const ModelfileCommand& command : modelfile.commands) {
    out += std::ranges::find(kWords, command.word, &Word::word)->text;
    if (!command.name.empty()) out += " " + command.name;
    out += " " + quoted(command.text) + "\n";
  }
  return out;
}

}  // namespace straddle::store
