// Python's FORMAT % VALUES.
#include <algorithm>

#include "templates/characters.h"
#include "templates/jinja/format_number.h"
#include "templates/jinja/interpreter.h"
#include "templates/jinja/numbers.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

struct Field {
  bool left = false, zero = false;
  Int width = 0, precision = -1;
  NumberStyle number;
};

class Formatter {
 public:
  Formatter(Interpreter& in, TextBuilder& out, const AttributedText& format, const Value& values)
      : in_(in), out_(out), format_(format), values_(values) {}

  void run() {
    const std::string& all = format_.bytes;
    for (size_t found; (found = all.find('%', at_)) != all.npos;) {
      out_.add(format_, at_, found);
      at_ = found + 1;
      field();
    }
    out_.add(format_, at_, all.size());
    const bool is_tuple = values_.is(Kind::list) && values_.list().kind == ListKind::tuple;
    const bool left = is_tuple ? used_ < values_.list().items.size()
                               : !values_.is(Kind::dict) && !values_.is(Kind::list) && used_ == 0;
    if (left) fail_with("not all arguments converted during string formatting");
  }

 private:
  char next() {
    if (at_ >= format_.size()) fail_with("incomplete format");
    return format_.bytes[at_++];
  }
  char peek() const { return at_ < format_.size() ? format_.bytes[at_] : 0; }

  Value take() {
    if (values_.is(Kind::list) && values_.list().kind == ListKind::tuple) {
      if (used_ >= values_.list().items.size()) fail_with("not enough arguments for format string");
      return values_.list().items[used_++];
    }
    if (used_++ > 0) fail_with("not enough arguments for format string");
    return values_;
  }

  // Digits, or * for the next value.
  Int count() {
    if (peek() == '*') {
      ++at_;
      const Value value = take();
      if (!value.is_whole()) fail_with("* wants int");
      return value.as_integer();
    }
    Int out = 0;
    while (peek() >= '0' && peek() <= '9') out = std::min<Int>(out * 10 + (next() - '0'), kWidest + 1);
    return out;
  }

  Value keyed() {
    const size_t end = format_.bytes.find(')', at_);
    if (end == std::string::npos) fail_with("incomplete format key");
    if (!values_.is(Kind::dict)) fail_with("format requires a mapping");
    const std::string key = format_.bytes.substr(at_, end - at_);
    at_ = end + 1;
    const Value* found = values_.dict().find(key);
    if (!found) fail_with("no key '" + key + "' for format string");
    return *found;
  }

  Field read_field() {
    Field field;
    for (;; ++at_) {
      const char c = peek();
      if (c == '-')
        field.left = true;
      else if (c == '0')
        field.zero = true;
      else if (c == '+')
        field.number.sign = '+';
      else if (c == ' ')
        field.number.sign = field.number.sign == '+' ? '+' : ' ';
      else if (c == '#')
        field.number.alternate = true;
      else
        break;
    }
    field.width = count();
    if (field.width < 0) {
      field.left = true;
      field.width = field.width < -kWidest ? kWidest + 1 : -field.width;
    }
    if (peek() == '.') {
      ++at_;
      field.precision = std::max<Int>(count(), 0);
    }
    if (field.width > kWidest) fail_with("a field wider than " + integer_text(kWidest) + " characters");
    while (peek() == 'l' || peek() == 'h' || peek() == 'L') ++at_;
    return field;
  }

  void field() {
    std::optional<Value> key;
    if (peek() == '(') {
      ++at_;
      key = keyed();
    }
    Field field = read_field();
    field.number.type = next();
    if (field.number.type == '%') return out_.add("%", format_.origin_at(at_ - 1));
    const Value value = key ? *key : take();
    switch (field.number.type) {
      case 's':
      case 'r':
      case 'a':
        return text(field, value);
      case 'c':
        return character(field, value);
      case 'd':
      case 'i':
      case 'u':
        field.number.type = 'd';
        return whole(field, value);
      case 'x':
      case 'X':
      case 'o':
        return whole(field, value);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return real(field, value);
      default:
        fail_with(std::string("unsupported format character '") + field.number.type + "'");
    }
  }

  void text(const Field& field, const Value& value) {
    TextBuilder made(in_.budget());
    (field.number.type == 's' ? print : print_repr)(made, value);
    size_t end = made.text().size();
    if (field.precision >= 0) {
      end = 0;
      for (Int i = 0; i < field.precision && end < made.text().size(); ++i)
        end += character_at(made.text().bytes, end).bytes;
    }
    const Int size = Int(count_characters(std::string_view(made.text().bytes).substr(0, end)));
    const size_t blanks = field.width > size ? size_t(field.width - size) : 0;
    if (!field.left) out_.add_repeated(" ", blanks, Origin::own);
    out_.add(made.text(), 0, end);
    if (field.left) out_.add_repeated(" ", blanks, Origin::own);
  }

  void character(const Field& field, const Value& value) {
    if (value.is(Kind::text) && value.text_object().characters() == 1)
      return text({field.left, false, field.width, -1, {'s'}}, value);
    if (!value.is_whole() || value.as_integer() < 0 || value.as_integer() > 0x10FFFF)
      fail_with("%c requires int or char");
    TextBuilder made(in_.budget());
    made.add_character(uint32_t(value.as_integer()), value.origin());
    text({field.left, false, field.width, -1, {'s'}}, in_.text(made));
  }

  void number(const Field& field, const NumberText& shown, Origin origin) {
    const Int size = Int(shown.sign.size() + shown.digits.size());
    const size_t fill = field.width > size ? size_t(field.width - size) : 0;
    if (!field.left && !field.zero) out_.add_repeated(" ", fill, origin);
    out_.add(shown.sign, origin);
    if (!field.left && field.zero) out_.add_repeated("0", fill, origin);
    out_.add(shown.digits, origin);
    if (field.left) out_.add_repeated(" ", fill, origin);
  }

  void whole(const Field& field, const Value& value) {
    std::optional<Int> is;
    if (value.is_whole()) is = value.as_integer();
    if (value.is(Kind::real) && field.number.type == 'd') is = whole_part(value.as_real());
    if (!is)
      fail_with(std::string("%") + field.number.type + " format: a number is required, not " +
                type_name(value));
    NumberText shown = format_integer(*is, field.number);
    if (field.precision > kMostDigits) fail_with("too many digits");
    if (field.precision > Int(shown.digits.size()))
      shown.digits.insert(0, size_t(field.precision) - shown.digits.size(), '0');
    number(field, shown, value.origin());
  }

  void real(Field field, const Value& value) {
    if (!value.is_number()) fail_with(std::string("must be real number, not ") + type_name(value));
    if (field.precision > kMostDigits) fail_with("too many digits");
    if (field.precision >= 0) field.number.precision = int(field.precision);
    number(field, format_real(value.as_real(), field.number), value.origin());
  }

  Interpreter& in_;
  TextBuilder& out_;
  const AttributedText& format_;
  const Value& values_;
  size_t at_ = 0, used_ = 0;
};

}  // namespace

void format_percent(Interpreter& in, TextBuilder& out, const AttributedText& format,
                    const Value& values) {
  Formatter(in, out, format, values).run();
}

}  // namespace straddle::templates::jinja
