#include "templates/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "templates/characters.h"

namespace straddle::templates::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

// \r\n and \r become \n; the last line end is dropped.
std::string with_plain_lines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    out += source[i] == '\r' ? '\n' : source[i];
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : owned_(with_plain_lines(source)), rest_(owned_) {}

  std::vector<Token> run() {
    while (!rest_.empty()) data_and_tag();
    push(TokenKind::end, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(std::string what) const { throw Failure{std::move(what), line_}; }

  void push(TokenKind kind, std::string text) { tokens_.push_back({kind, line_, std::move(text)}); }

  std::string_view take(size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    line_ += uint32_t(std::count(taken.begin(), taken.end(), '\n'));
    if (!taken.empty()) line_starts_ = taken.back() == '\n';
    return taken;
  }

  bool take_if(std::string_view word) {
    if (rest_.substr(0, word.size()) != word) return false;
    take(word.size());
    return true;
  }

  void take_space() { take(rest_.size() - strip_left(rest_).size()); }

  // Behind a block, a comment or {% raw %}: "-%}" eats all white space, "%}" one line end, "+%}"
  // nothing.
  bool take_end(std::string_view mark, bool trims_line) {
    const std::string dash = "-" + std::string(mark), plus = "+" + std::string(mark);
    if (take_if(dash)) {
      take_space();
      return true;
    }
    if (take_if(plus)) return true;
    if (!take_if(mark)) return false;
    if (trims_line) take_if("\n");
    return true;
  }

  // Text up to a tag, as the tag's sign ('-', '+' or another) and kind leave it.
  static std::string_view trimmed(std::string_view text, char sign, bool is_print, bool line_starts) {
    if (sign == '-') return strip_right(text);
    if (sign == '+' || is_print) return text;
    const size_t line = text.rfind('\n') + 1;  // npos + 1 is 0
    const bool blank = strip_left(text.substr(line)).empty();
    return blank && (line > 0 || line_starts) ? text.substr(0, line) : text;
  }

  static size_t find_tag(std::string_view text) {
    size_t at = text.find('{');
    while (at != text.npos &&
           (at + 1 == text.size() || std::string_view("{%#").find(text[at + 1]) == text.npos))
      at = text.find('{', at + 1);
    return std::min(at, text.size());
  }

  void push_data(size_t length, char sign, bool is_print) {
    const bool line_starts = line_starts_;
    const std::string text(trimmed(rest_.substr(0, length), sign, is_print, line_starts));
    if (!text.empty()) push(TokenKind::data, text);
    take(length);
  }

  void data_and_tag() {
    const size_t length = find_tag(rest_);
    const std::string_view tag = rest_.substr(length);
    const bool is_print = tag.substr(0, 2) == "{{";
    push_data(length, tag.size() > 2 ? tag[2] : ' ', is_print);
    if (tag.empty()) return;
    take(tag.size() > 2 && (tag[2] == '-' || tag[2] == '+') ? 3 : 2);
    if (is_print) {
      push(TokenKind::print_begin, "{{");
      expression("}}", TokenKind::print_end);
    } else if (tag[1] == '#') {
      comment();
    } else if (!raw()) {
      push(TokenKind::block_begin, "{%");
      expression("%}", TokenKind::block_end);
    }
  }

  void comment() {
    const size_t end = rest_.find("#}");
    if (end == rest_.npos) fail("a comment has no end");
    take(end > 0 && (rest_[end - 1] == '-' || rest_[end - 1] == '+') ? end - 1 : end);
    take_end("#}", true);
  }

  // {% raw %} ... {% endraw %}, behind the "{%". False where the tag is another.
  bool raw() {
    const std::string_view inside = strip_left(rest_);
    const std::string_view behind = inside.substr(0, 3) == "raw" ? strip_left(inside.substr(3)) : "";
    if (behind.substr(0, 2) != "%}" && behind.substr(0, 3) != "-%}") return false;
    take(rest_.size() - behind.size());
    take_end("%}", false);
    for (size_t at = rest_.find("{%"); at != rest_.npos; at = rest_.find("{%", at + 1)) {
      std::string_view tag = rest_.substr(at + 2);
      const char sign = tag.empty() ? ' ' : tag[0];
      if (sign == '-' || sign == '+') tag.remove_prefix(1);
      tag = strip_left(tag);
      if (tag.substr(0, 6) != "endraw") continue;
      tag = strip_left(tag.substr(6));
      if (tag.substr(0, 2) != "%}" && tag.substr(0, 3) != "-%}" && tag.substr(0, 3) != "+%}") continue;
      push_data(at, sign, false);
      take(rest_.size() - tag.size());
      if (take_end("%}", true)) return true;
    }
    fail("{% raw %} has no {% endraw %}");
  }

  // Tokens up to the tag's end, which does not count within brackets.
  void expression(std::string_view end, TokenKind kind) {
    std::string open;  // the closing brackets that are due
    for (;;) {
      take_space();
      if (rest_.empty()) return;  // the parser meets `end` and says so
      if (open.empty() && take_tag_end(end, kind)) return;
      token(open);
    }
  }

  bool take_tag_end(std::string_view end, TokenKind kind) {
    const uint32_t line = line_;
    if (!(kind == TokenKind::block_end ? take_end(end, true) : take_print_end())) return false;
    tokens_.push_back({kind, line, std::string(end)});
    return true;
  }

  bool take_print_end() {
    if (take_if("}}")) return true;
    if (!take_if("-}}")) return false;
    take_space();
    return true;
  }

  void token(std::string& open) {
    const char c = rest_[0];
    if (is_digit(c)) return number();
    if (begins_name(c)) return name();
    if (c == '"' || c == '\'') return text();
    static constexpr auto kOps = std::to_array<std::string_view>(
        {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
         "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"});
    const auto op = std::find_if(kOps.begin(), kOps.end(), [&](std::string_view word) {
      return rest_.substr(0, word.size()) == word;
    });
    if (op == kOps.end())
      fail("unexpected character " + std::string(rest_.substr(0, character_at(rest_, 0).bytes)));
    match_brackets((*op)[0], open);
    push(TokenKind::op, std::string(take(op->size())));
  }

  void match_brackets(char c, std::string& open) const {
    if (c == '(' || c == '[' || c == '{') open += c == '(' ? ')' : c == '[' ? ']' : '}';
    if (c != ')' && c != ']' && c != '}') return;
    if (open.empty() || open.back() != c) fail(std::string("unexpected '") + c + "'");
    open.pop_back();
  }

  void name() {
    size_t length = 1;
    while (length < rest_.size() && (begins_name(rest_[length]) || is_digit(rest_[length]))) ++length;
    push(TokenKind::name, std::string(take(length)));
  }

  // Digits with single underscores between them.
  static size_t digits(std::string_view text, size_t at, bool (*is)(char) = is_digit) {
    while (at < text.size() && (is(text[at]) || (text[at] == '_' && at > 0 && is(text[at - 1]) &&
                                                 at + 1 < text.size() && is(text[at + 1]))))
      ++at;
    return at;
  }

  void number() {
    size_t end = 0;
    bool real = false;
    const char base = rest_[0] == '0' && rest_.size() > 2 ? char(rest_[1] | 0x20) : ' ';
    if (base == 'x' || base == 'b' || base == 'o') {
      end = digits(rest_, rest_[2] == '_' ? 3 : 2, is_hex);
    } else {
      end = digits(rest_, 0);
      const bool behind_dot = !tokens_.empty() && tokens_.back().is_op(".");  // x.0.1 is no fraction
      if (!behind_dot) real = fraction(end);
      if (!real && rest_[0] == '0' && end > 1) {
        if (rest_.substr(0, end).find_first_not_of("0_") != rest_.npos) fail("a number begins with 0");
      }
    }
    std::string text(take(end));
    text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
    push(real ? TokenKind::real : TokenKind::integer, text);
  }

  // Moves `end` behind ".5", "e10" or both, where they stand there.
  bool fraction(size_t& end) const {
    const size_t whole = end;
    if (end + 1 < rest_.size() && rest_[end] == '.' && is_digit(rest_[end + 1]))
      end = digits(rest_, end + 1);
    if (end < rest_.size() && (rest_[end] | 0x20) == 'e') {
      const bool sign = end + 1 < rest_.size() && (rest_[end + 1] == '+' || rest_[end + 1] == '-');
      const size_t first = end + (sign ? 2 : 1);
      if (first < rest_.size() && is_digit(rest_[first])) end = digits(rest_, first);
    }
    return end > whole;
  }

  void text() {
    const char quote = rest_[0];
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote) end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) fail("a string has no end");
    const uint32_t line = line_;
    tokens_.push_back({TokenKind::text, line, unescaped(rest_.substr(1, end - 1))});
    take(end + 1);
  }

  // Python's escapes; an unknown one stays as it is.
  std::string unescaped(std::string_view in) const {
    std::string out;
    for (size_t i = 0; i < in.size(); ++i) {
      if (in[i] != '\\') {
        out += in[i];
        continue;
      }
      i = escape(in, i + 1, out);
    }
    return out;
  }

  // The escape at `at`, behind its backslash; returns the place of its last byte.
  size_t escape(std::string_view in, size_t at, std::string& out) const {
    static constexpr std::string_view kLetters = "abfnrtv\\'\"", kMeant = "\a\b\f\n\r\t\v\\'\"";
    const char c = in[at];
    if (c == '\n') return at;
    if (const size_t i = kLetters.find(c); i != kLetters.npos) {
      out += kMeant[i];
      return at;
    }
    if (c == 'x' || c == 'u' || c == 'U')
      return code_point(in, at + 1, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16, out);
    if (c >= '0' && c <= '7') {
      size_t count = 1;
      while (count < 3 && at + count < in.size() && in[at + count] >= '0' && in[at + count] <= '7')
        ++count;
      return code_point(in, at, count, 8, out);
    }
    out.append("\\").append(1, c);
    return at;
  }

  size_t code_point(std::string_view in, size_t at, size_t count, uint32_t base,
                    std::string& out) const {
    uint32_t code = 0;
    for (size_t i = 0; i < count; ++i) {
      const char c = at + i < in.size() ? in[at + i] : ' ';
      if (!is_hex(c)) fail("an escape in a string is cut short");
      code = code * base + uint32_t(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
      fail("an escape in a string is no character");
    append_character(out, code);
    return at + count - 1;
  }

  std::string owned_;
  std::string_view rest_;
  uint32_t line_ = 1;
  bool line_starts_ = true;  // what was taken last ended with a line
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source) { return Lexer(source).run(); }

}  // namespace straddle::templates::jinja
