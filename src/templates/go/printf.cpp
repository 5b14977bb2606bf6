// printf, as Go's fmt.Sprintf: the verbs for texts, numbers and truths, and %v for all. What stands in
// the format is whose the format is; what is put in keeps who said it.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "templates/characters.h"
#include "templates/go/functions.h"
#include "templates/go/print.h"

namespace straddle::templates::go {
namespace {

constexpr int kWidest = 1'000'000;  // Go's

struct Directive {
  bool minus = false, plus = false, sharp = false, blank = false, zero = false;
  int width = -1, precision = -1;  // -1: none
  char verb = 0;
};

class Formatter {
 public:
  explicit Formatter(const Call& call)
      : call_(call), out_(call.budget), format_(call.words[0].text()), words_(call.words.subspan(1)) {}

  Value run() {
    const std::string_view bytes = format_.bytes;
    while (at_ < bytes.size()) {
      const size_t percent = std::min(bytes.find('%', at_), bytes.size());
      out_.add(format_, at_, percent);
      at_ = percent;
      if (at_ < bytes.size()) directive();
    }
    if (used_ < words_.size()) extra();
    return Value::text(out_);
  }

 private:
  char now() const { return at_ < format_.bytes.size() ? format_.bytes[at_] : '\0'; }
  void own(std::string_view text) { out_.add(text, origin_); }

  void directive() {
    origin_ = format_.origin_at(at_++);
    Directive d;
    for (; flag(d, now()); ++at_) {
    }
    d.width = number();
    if (d.width < 0 && now() == '*') d.width = number_of_words(d);
    if (now() == '.') {
      ++at_;
      d.precision = now() == '*' ? number_of_words(d) : std::max(number(), 0);
    }
    if (at_ >= format_.bytes.size()) return own("%!(NOVERB)");
    d.verb = now();
    const Character verb = character_at(format_.bytes, at_);
    at_ += verb.bytes;
    if (d.verb == '%') return own("%");
    if (verb.bytes > 1) fail_with("printf has no such verb");
    if (used_ == words_.size()) return own(std::string("%!") + d.verb + "(MISSING)");
    put(d, words_[used_++]);
  }

  static bool flag(Directive& d, char c) {
    if (c == '-') return d.minus = true;
    if (c == '+') return d.plus = true;
    if (c == '#') return d.sharp = true;
    if (c == ' ') return d.blank = true;
    return c == '0' && (d.zero = true);
  }

  int number() {
    if (now() < '0' || now() > '9') return -1;
    int out = 0;
    for (; now() >= '0' && now() <= '9'; ++at_) {
      out = out * 10 + (now() - '0');
      if (out > kWidest) fail_with("a width of more than " + std::to_string(kWidest));
    }
    return out;
  }

  int number_of_words(Directive& d) {
    ++at_;
    if (used_ == words_.size() || !words_[used_].is(Kind::integer)) fail_with("a * without a number");
    int64_t out = words_[used_++].as_integer();
    if (out < 0) {
      d.minus = true;
      out = -out;
    }
    if (out > kWidest || out < 0) fail_with("a width of more than " + std::to_string(kWidest));
    return int(out);
  }

  void extra() {
    own("%!(EXTRA ");
    for (size_t i = used_; i < words_.size(); ++i) {
      if (i > used_) own(", ");
      typed(words_[i]);
    }
    own(")");
  }

  void typed(const Value& word) {
    if (word.is_nothing()) return own("<nil>");
    own(std::string(type_name(word)) + "=");
    print_value(out_, word);
  }

  void bad(const Directive& d, const Value& word) {
    own(std::string("%!") + d.verb + "(");
    typed(word);
    own(")");
  }

  void put(const Directive& d, const Value& word) {
    if (d.verb == 'v' && !d.sharp) return put_value(d, word);
    if (d.verb == 'T') return put_text(d, {type_name(word)});
    switch (word.kind()) {
      case Kind::text:
        return put_text_verb(d, word.text());
      case Kind::integer:
        return put_integer(d, word);
      case Kind::real:
        return put_real(d, word);
      case Kind::boolean:
        return d.verb == 't' ? put_value(d, word) : bad(d, word);
      case Kind::list:
      case Kind::dict:
        if (d.verb == 's') return put_value(d, word);
        fail_with(std::string("printf cannot write a ") + type_name(word) + " with %" + d.verb);
      default:
        return bad(d, word);
    }
  }

  void put_value(const Directive& d, const Value& word) {
    if (word.is(Kind::integer) || word.is(Kind::real)) {
      Directive as = d;
      as.verb = word.is(Kind::integer) ? 'd' : 'g';
      return word.is(Kind::integer) ? put_integer(as, word) : put_real(as, word);
    }
    TextBuilder text(call_.budget);
    print_value(text, word);
    Directive as = d;
    if (!word.is(Kind::text)) as.precision = -1;
    put_text(as, text.text());
  }

  // Cut to the precision, padded to the width.
  void put_text(const Directive& d, const AttributedText& text) {
    size_t bytes = text.size();
    if (d.precision >= 0) {
      bytes = 0;
      for (int i = 0; i < d.precision && bytes < text.size(); ++i)
        bytes += character_at(text.bytes, bytes).bytes;
    }
    const size_t wide = count_characters(std::string_view(text.bytes).substr(0, bytes));
    const size_t pad = d.width > 0 && size_t(d.width) > wide ? size_t(d.width) - wide : 0;
    if (!d.minus) out_.add_repeated(d.zero ? "0" : " ", pad, origin_);
    out_.add(text, 0, bytes);
    if (d.minus) out_.add_repeated(" ", pad, origin_);
  }

  void put_text_verb(const Directive& d, const AttributedText& text) {
    if (d.verb == 's') return put_text(d, text);
    TextBuilder made(call_.budget);
    if (d.verb == 'q' && !d.sharp) {
      quote(made, text, d.plus);
    } else if (d.verb == 'x' || d.verb == 'X') {
      for (size_t at = 0; at < text.size(); ++at) {
        char digits[4];
        std::snprintf(digits, sizeof digits, d.verb == 'x' ? "%02x" : "%02X",
                      unsigned(static_cast<unsigned char>(text.bytes[at])));
        made.add(digits, text.origin_at(at));
      }
    } else {
      return bad(d, Value::text(call_.budget, text));
    }
    Directive as = d;
    as.precision = -1;
    put_text(as, made.text());
  }

  static void quote(TextBuilder& out, const AttributedText& text, bool ascii) {
    out.add("\"", text.origin());
    for (size_t at = 0; at < text.size();) {
      const Character c = character_at(text.bytes, at);
      const std::string escape = escape_of(c, text.bytes[at], ascii);
      if (escape.empty()) {
        out.add(text, at, at + c.bytes);
      } else {
        out.add(escape, text.origin_at(at));
      }
      at += c.bytes;
    }
    out.add("\"", text.origin());
  }

  static std::string escape_of(const Character& c, char byte, bool ascii) {
    static constexpr std::string_view kMarks = "\"\\\a\b\f\n\r\t\v", kLetters = "\"\\abfnrtv";
    char text[16];
    if (c.code < 0x80) {
      if (const size_t mark = kMarks.find(char(c.code)); mark != kMarks.npos)
        return {'\\', kLetters[mark]};
    }
    if (c.code == kNoCharacter || c.code < 0x20 || c.code == 0x7F) {
      std::snprintf(text, sizeof text, "\\x%02x", unsigned(static_cast<unsigned char>(byte)));
      return text;
    }
    if (c.code < 0x80 || (is_printable(c.code) && !ascii)) return {};
    std::snprintf(text, sizeof text, c.code < 0x10000 ? "\\u%04x" : "\\U%08x", unsigned(c.code));
    return text;
  }

  // Sign, prefix and digits; zeros fill up to the width.
  void put_digits(const Directive& d, bool negative, std::string prefix, std::string digits,
                  Origin origin, bool fill) {
    if (negative) prefix = "-" + prefix;
    if (!negative && d.plus) prefix = "+" + prefix;
    if (!negative && !d.plus && d.blank) prefix = " " + prefix;
    TextBuilder made(call_.budget);
    made.add(prefix, origin);
    const size_t wide = prefix.size() + digits.size();
    if (fill && d.zero && !d.minus && d.width > 0 && size_t(d.width) > wide)
      made.add_repeated("0", size_t(d.width) - wide, origin);
    made.add(digits, origin);
    Directive as = d;
    as.precision = -1;
    as.zero = false;
    put_text(as, made.text());
  }

  void put_integer(const Directive& d, const Value& word) {
    const int64_t is = word.as_integer();
    if (d.verb == 'c' || d.verb == 'q' || d.verb == 'U') return put_character(d, word);
    const unsigned base = d.verb == 'd'                    ? 10
                          : d.verb == 'b'                  ? 2
                          : d.verb == 'o' || d.verb == 'O' ? 8
                          : d.verb == 'x' || d.verb == 'X' ? 16
                                                           : 0;
    if (base == 0) return bad(d, word);
    std::string digits;
    for (uint64_t left = is < 0 ? 0 - uint64_t(is) : uint64_t(is); left > 0 || digits.empty();
         left /= base)
      digits.insert(digits.begin(),
                    (d.verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[left % base]);
    call_.budget.need(size_t(std::max(d.precision, 0)));
    if (d.precision == 0 && is == 0) return put_text(d, {});
    if (d.precision > int(digits.size())) digits.insert(0, size_t(d.precision) - digits.size(), '0');
    std::string prefix = d.verb == 'O' ? "0o" : "";
    if (d.sharp)
      prefix = base == 2 ? "0b" : base == 8 ? "0" : base == 16 ? std::string{'0', d.verb} : "";
    put_digits(d, is < 0, prefix, digits, word.origin(), d.precision < 0);
  }

  void put_character(const Directive& d, const Value& word) {
    if (d.verb == 'U') {
      char text[32];
      std::snprintf(text, sizeof text, "U+%04llX", static_cast<unsigned long long>(word.as_integer()));
      return put_text(d, {text});
    }
    const int64_t is = word.as_integer();
    const bool valid = is >= 0 && is <= 0x10FFFF && (is < 0xD800 || is > 0xDFFF);
    AttributedText text;
    append_character(text.bytes, valid ? uint32_t(is) : 0xFFFD);
    if (word.origin() != Origin::own) text.quoted = {{0, text.bytes.size(), word.origin()}};
    if (d.verb == 'c') return put_text(d, text);
    fail_with("printf cannot write a number with %q");
  }

  void put_real(const Directive& d, const Value& word) {
    const double is = word.as_real();
    const char verb = d.verb == 'F' ? 'f' : d.verb;
    if (std::string_view("eEfgG").find(verb) == std::string_view::npos) return bad(d, word);
    std::string digits;
    if ((verb == 'g' || verb == 'G') && d.precision < 0) {
      digits = real_text(is);
    } else {
      char text[2048];
      const int precision = std::min(d.precision < 0 ? 6 : d.precision, 1000);
      const char format[] = {'%', '.', '*', verb, '\0'};
      std::snprintf(text, sizeof text, format, precision, is);
      digits = text;
    }
    const bool negative = digits[0] == '-';
    if (negative || digits[0] == '+') digits.erase(0, 1);
    put_digits(d, negative, "", digits, word.origin(), true);
  }

  const Call& call_;
  TextBuilder out_;
  const AttributedText& format_;
  std::span<const Value> words_;
  size_t at_ = 0, used_ = 0;
  Origin origin_ = Origin::own;  // of the directive
};

}  // namespace

Value printf(const Call& call) {
  if (!call.words[0].is(Kind::text))
    fail_with(std::string("wrong type for value; expected string; got ") + type_name(call.words[0]));
  return Formatter(call).run();
}

}  // namespace straddle::templates::go
