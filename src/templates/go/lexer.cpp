#include "templates/go/lexer.h"

#include <algorithm>

#include "templates/budget.h"
#include "templates/characters.h"

namespace straddle::templates::go {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

bool is_blank(char c) { return kSpaces.find(c) != std::string_view::npos; }

bool is_word(uint32_t code) {
  if (code < 0x80) return code == '_' || is_letter(code) || (code >= '0' && code <= '9');
  return code != kNoCharacter && (is_letter(code) || is_decimal(code));
}

bool is_keyword(std::string_view word) {
  static constexpr std::string_view kWords[] = {"block", "break", "continue", "define",   "else", "end",
                                                "if",    "nil",   "range",    "template", "with"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      text();
      if (at_ < source_.size()) tag();
    }
    out_.push_back({TokenKind::end, {}, line_});
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(std::string what) const { throw Failure{std::move(what), line_}; }

  std::string_view rest() const { return source_.substr(at_); }
  bool stands(std::string_view text) const { return rest().starts_with(text); }
  char now() const { return at_ < source_.size() ? source_[at_] : '\0'; }

  void skip(size_t bytes) {
    line_ += uint32_t(std::count(rest().begin(), rest().begin() + ptrdiff_t(bytes), '\n'));
    at_ += bytes;
  }
  void skip_blanks() { skip(std::min(rest().find_first_not_of(kSpaces), rest().size())); }
  void add(TokenKind kind, size_t bytes) {
    out_.push_back({kind, rest().substr(0, bytes), line_});
    skip(bytes);
  }

  // Up to the next {{, or the end.
  void text() {
    const size_t bytes = std::min(rest().find("{{"), rest().size());
    std::string_view kept = rest().substr(0, bytes);
    if (bytes < rest().size() && trims_left(at_ + bytes + 2))
      kept = kept.substr(0, kept.find_last_not_of(kSpaces) + 1);
    if (!kept.empty()) out_.push_back({TokenKind::text, kept, line_});
    skip(bytes);
  }

  bool trims_left(size_t at) const {
    return at + 1 < source_.size() && source_[at] == '-' && is_blank(source_[at + 1]);
  }

  void tag() {
    const size_t marks = trims_left(at_ + 2) ? 4 : 2;
    if (source_.substr(at_ + marks).starts_with("/*")) return comment(marks);
    opened_ = line_;
    out_.push_back({TokenKind::left, rest().substr(0, 2), line_});
    skip(marks == 2 ? 2 : 3);
    brackets_ = 0;
    while (!closing()) inside();
    close();
  }

  void comment(size_t marks) {
    const size_t end = rest().find("*/", marks + 2);
    if (end == std::string_view::npos) fail("a comment is not closed");
    skip(end + 2);
    if (closing() == 0) fail("a comment must be alone in its tag: {{/* ... */}}");
    trim_behind(closing());
  }

  // Bytes of }} or " -}}" here; 0: neither.
  size_t closing() const {
    if (stands("}}")) return 2;
    return rest().size() >= 4 && is_blank(now()) && rest().substr(1, 3) == "-}}" ? 4 : 0;
  }

  void close() {
    if (brackets_ > 0) fail("a ( is not closed");
    const size_t bytes = closing();
    out_.push_back({TokenKind::right, rest().substr(0, bytes), line_});
    trim_behind(bytes);
  }

  void trim_behind(size_t bytes) {
    skip(bytes);
    if (bytes == 4) skip_blanks();
  }

  void inside() {
    if (at_ == source_.size())
      fail("a {{ is not closed: it was opened in line " + std::to_string(opened_));
    const char c = now();
    if (is_blank(c)) return space();
    if (c == '"' || c == '\'') return quoted(c);
    if (c == '`') return raw_string();
    if (c == '$') return name(TokenKind::variable);
    const bool digit_behind =
        at_ + 1 < source_.size() && source_[at_ + 1] >= '0' && source_[at_ + 1] <= '9';
    if (c == '.' && !digit_behind) return name(TokenKind::field);
    if (c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9')) return number();
    if (is_word(character_at(source_, at_).code)) return word();
    symbol();
  }

  void space() {
    size_t bytes = rest().find_first_not_of(kSpaces);
    bytes = std::min(bytes, rest().size());
    // The last blank may belong to " -}}".
    if (rest().substr(bytes).starts_with("-}}")) --bytes;
    if (bytes > 0) add(TokenKind::space, bytes);
  }

  void quoted(char mark) {
    size_t bytes = 1;
    for (;; ++bytes) {
      if (bytes >= rest().size() || rest()[bytes] == '\n') fail("a quoted text is not closed");
      if (rest()[bytes] == mark) break;
      if (rest()[bytes] == '\\') ++bytes;
      if (bytes >= rest().size() || rest()[bytes] == '\n') fail("a quoted text is not closed");
    }
    add(mark == '"' ? TokenKind::string : TokenKind::character, bytes + 1);
  }

  void raw_string() {
    const size_t end = rest().find('`', 1);
    if (end == std::string_view::npos) fail("a text in ` is not closed");
    add(TokenKind::raw_string, end + 1);
  }

  size_t word_bytes(size_t from) const {
    size_t at = at_ + from;
    for (Character c = character_at(source_, at); c.bytes > 0 && is_word(c.code);
         c = character_at(source_, at))
      at += c.bytes;
    return at - at_;
  }

  // What may stand behind a name: .X.Y is two names, $x+2 is none.
  void need_end_of_name(size_t bytes) const {
    const std::string_view behind = rest().substr(bytes);
    if (behind.empty() || is_blank(behind[0]) || behind.starts_with("}}")) return;
    if (std::string_view(".,|:)(").find(behind[0]) == std::string_view::npos)
      fail("bad character behind " + std::string(rest().substr(0, bytes)));
  }

  void name(TokenKind kind) {
    const size_t bytes = word_bytes(1);
    need_end_of_name(bytes);
    add(bytes == 1 && kind == TokenKind::field ? TokenKind::dot : kind, bytes);
  }

  void word() {
    const size_t bytes = word_bytes(0);
    need_end_of_name(bytes);
    add(is_keyword(rest().substr(0, bytes)) ? TokenKind::keyword : TokenKind::word, bytes);
  }

  // What begins with a digit, a sign or a point, as far as it may be a number: literals.h reads it.
  void number() {
    size_t bytes = 1;
    const bool hex = rest().starts_with("0x") || rest().starts_with("0X") ||
                     rest().substr(1).starts_with("0x") || rest().substr(1).starts_with("0X");
    const auto goes_on = [&](char c, char before) {
      if (c == '.' || is_word(uint32_t(static_cast<unsigned char>(c)))) return c > 0;
      const bool exponent = hex ? before == 'p' || before == 'P' : before == 'e' || before == 'E';
      return (c == '+' || c == '-') && exponent;
    };
    while (bytes < rest().size() && goes_on(rest()[bytes], rest()[bytes - 1])) ++bytes;
    add(TokenKind::number, bytes);
  }

  void symbol() {
    const char c = now();
    if (c == '(') ++brackets_;
    if (c == ')' && --brackets_ < 0) fail("a ) without its (");
    if (c == ':' && !stands(":=")) fail("a : without = behind it");
    if (c < ' ' || c > '~') fail("a character that cannot stand in a tag");
    add(TokenKind::symbol, c == ':' ? 2 : 1);
  }

  std::string_view source_;
  size_t at_ = 0;
  uint32_t line_ = 1, opened_ = 1;
  int brackets_ = 0;
  std::vector<Token> out_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view source) { return Lexer(source).run(); }

}  // namespace straddle::templates::go
