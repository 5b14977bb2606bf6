// Python's FORMAT.format(...): {}, {0}, {name.attribute[key]!r:>10.2f}.
#include <algorithm>

#include "templates/characters.h"
#include "templates/jinja/format_number.h"
#include "templates/jinja/interpreter.h"
#include "templates/jinja/numbers.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

// [[fill]align][sign][#][0][width][,][.precision][type]
struct Spec {
  std::string fill = " ";
  char align = 0, type = 0;
  Int width = 0, precision = -1;
  NumberStyle number;
};

bool is_one_of(char c, std::string_view set) { return c != 0 && set.find(c) != set.npos; }

class SpecReader {
 public:
  explicit SpecReader(std::string_view text) : rest_(text) {}

  Spec read() {
    Spec out;
    const size_t first = rest_.empty() ? 0 : character_at(rest_, 0).bytes;
    if (first < rest_.size() && is_one_of(rest_[first], "<>^=")) {
      out.fill = std::string(rest_.substr(0, first));
      rest_.remove_prefix(first);
    }
    if (is_one_of(peek(), "<>^=")) out.align = take();
    if (is_one_of(peek(), "+- ")) out.number.sign = take();
    if (peek() == '#') out.number.alternate = take() != 0;
    if (peek() == '0') {
      take();
      if (out.align == 0) {
        out.align = '=';
        out.fill = "0";
      }
    }
    out.width = count(0);
    if (is_one_of(peek(), ",_")) out.number.group = take();
    if (peek() == '.') {
      take();
      out.precision = count(-1);
      if (out.precision < 0) fail_with("Format specifier missing precision");
    }
    if (!rest_.empty()) out.type = take();
    if (!rest_.empty()) fail_with("Invalid format specifier");
    if (out.width > kWidest || out.precision > kWidest)
      fail_with("a field wider than " + integer_text(kWidest) + " characters");
    return out;
  }

 private:
  char peek() const { return rest_.empty() ? char(0) : rest_[0]; }
  char take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  Int count(Int none) {
    Int out = none;
    while (peek() >= '0' && peek() <= '9')
      out = std::min<Int>(std::max<Int>(out, 0) * 10 + (take() - '0'), kWidest + 1);
    return out;
  }
  std::string_view rest_;
};

class Formatter {
 public:
  Formatter(Interpreter& in, TextBuilder& out, const Arguments& words)
      : in_(in), out_(out), words_(words) {}

  void run(const AttributedText& format) {
    const std::string_view all = format.bytes;
    size_t at = 0;
    for (size_t found; (found = all.find_first_of("{}", at)) != all.npos;) {
      out_.add(format, at, found);
      if (found + 1 < all.size() && all[found + 1] == all[found]) {
        out_.add(format, found, found + 1);
        at = found + 2;
        continue;
      }
      if (all[found] == '}') fail_with("Single '}' encountered in format string");
      const size_t end = field_end(all, found + 1);
      field(all.substr(found + 1, end - found - 1));
      at = end + 1;
    }
    out_.add(format, at, all.size());
  }

 private:
  static size_t field_end(std::string_view all, size_t at) {
    size_t open = 1;
    for (; at < all.size(); ++at) {
      if (all[at] == '{') ++open;
      if (all[at] == '}' && --open == 0) return at;
    }
    fail_with("expected '}' before end of string");
  }

  void field(std::string_view text) {
    const size_t colon = std::min(text.find(':'), text.size());
    std::string_view path = text.substr(0, colon);
    char conversion = 0;
    if (path.size() >= 2 && path[path.size() - 2] == '!') {
      conversion = path.back();
      path.remove_suffix(2);
    }
    Value value = reached(path);
    if (conversion == 'r' || conversion == 'a') {
      TextBuilder made(in_.budget());
      print_repr(made, value);
      value = in_.text(made);
    } else if (conversion == 's') {
      value = in_.printed(value);
    } else if (conversion != 0) {
      fail_with("Unknown conversion specifier");
    }
    show(value, text.substr(std::min(colon + 1, text.size())));
  }

  const Value& word(std::string_view name) {
    const bool number = name.find_first_not_of("0123456789") == name.npos;
    if (!number) {
      const auto& named = words_.named;
      const auto found =
          std::find_if(named.begin(), named.end(), [&](const auto& w) { return w.first == name; });
      if (found == named.end()) fail_with("format(): no argument '" + std::string(name) + "'");
      return found->second;
    }
    const Int place = name.empty() ? Int(next_++) : read_integer(name).value_or(-1);
    if (place < 0 || place >= Int(words_.positional.size())) fail_with("Replacement index out of range");
    return words_.positional[size_t(place)];
  }

  Value reached(std::string_view path) {
    size_t end = std::min(path.find_first_of(".["), path.size());
    Value out = word(path.substr(0, end));
    for (path.remove_prefix(end); !path.empty(); path.remove_prefix(end)) {
      if (path[0] == '.') {
        end = std::min(path.find_first_of(".[", 1), path.size());
        out = in_.attribute(out, path.substr(1, end - 1));
      } else {
        const size_t close = path.find(']');
        if (path[0] != '[' || close == path.npos) fail_with("Missing ']' in format string");
        const std::string_view key = path.substr(1, close - 1);
        const bool number = !key.empty() && key.find_first_not_of("0123456789") == key.npos;
        out = in_.item(out, number ? Value::integer(read_integer(key).value_or(0)) : in_.text(key));
        end = close + 1;
      }
    }
    return out;
  }

  // A spec may hold fields of its own: {:>{width}}.
  void show(const Value& value, std::string_view spec_text) {
    if (spec_text.empty()) return print(out_, value);
    std::string expanded(spec_text);
    if (spec_text.find('{') != spec_text.npos) {
      if (nested_) fail_with("Max string recursion exceeded");
      TextBuilder made(in_.budget());
      Formatter inner(in_, made, words_);
      inner.nested_ = true;
      inner.next_ = next_;
      inner.run({expanded, {}});
      next_ = inner.next_;
      expanded = made.text().bytes;
    }
    const Spec spec = SpecReader(expanded).read();
    if (value.is_number()) return number(spec, value);
    if (!value.is(Kind::text))
      fail_with(std::string("unsupported format string passed to ") + type_name(value));
    text(spec, value);
  }

  void text(const Spec& spec, const Value& value) {
    if (spec.type != 0 && spec.type != 's')
      fail_with(std::string("Unknown format code '") + spec.type + "' for a str");
    if (spec.align == '=' || spec.number.sign != 0 || spec.number.group != 0)
      fail_with("a sign or groups are not for str");
    const AttributedText& all = value.text();
    size_t end = all.size();
    if (spec.precision >= 0) {
      end = 0;
      for (Int i = 0; i < spec.precision && end < all.size(); ++i)
        end += character_at(all.bytes, end).bytes;
    }
    const Int size = Int(count_characters(std::string_view(all.bytes).substr(0, end)));
    const size_t blanks = spec.width > size ? size_t(spec.width - size) : 0;
    const char align = spec.align == 0 ? '<' : spec.align;
    const size_t left = align == '>' ? blanks : align == '^' ? blanks / 2 : 0;
    out_.add_repeated(spec.fill, left, Origin::own);
    out_.add(all, 0, end);
    out_.add_repeated(spec.fill, blanks - left, Origin::own);
  }

  // Without a type a real number has a digit behind its point, or an exponent where there is no room for
  // it.
  static NumberText with_fraction(NumberText number, double value, NumberStyle style) {
    if (number.digits.find_first_not_of("0123456789,_") != std::string::npos) return number;
    if (int(number.digits.size()) < style.precision) return {number.sign, number.digits + ".0"};
    style.type = 'e';
    style.precision = std::max(style.precision - 1, 0);
    NumberText out = format_real(value, style);
    const size_t exponent = out.digits.find('e');
    const size_t kept = out.digits.find_last_not_of("0.", exponent - 1) + 1;
    if (out.digits.find('.') < exponent) out.digits.erase(kept, exponent - kept);
    return out;
  }

  static NumberText shown(const Spec& spec, const Value& value) {
    NumberStyle style = spec.number;
    if (spec.precision > kMostDigits) fail_with("too many digits");
    const bool as_real = value.is(Kind::real) || is_one_of(spec.type, "eEfFgG%");
    if (!as_real) {
      if (spec.type != 0 && !is_one_of(spec.type, "dxXobn"))
        fail_with(std::string("Unknown format code '") + spec.type + "' for int");
      if (spec.precision >= 0) fail_with("Precision not allowed in integer format specifier");
      style.type = spec.type == 0 || spec.type == 'n' ? 'd' : spec.type;
      return format_integer(value.as_integer(), style);
    }
    if (spec.type != 0 && !is_one_of(spec.type, "eEfFgGn%"))
      fail_with(std::string("Unknown format code '") + spec.type + "' for float");
    if (spec.type == 0 && spec.precision < 0) {
      const std::string plain = real_text(value.as_real());
      const bool minus = plain[0] == '-';
      return {minus               ? "-"
              : style.sign == '-' ? ""
                                  : std::string(1, style.sign),
              plain.substr(minus ? 1 : 0)};
    }
    style.type = spec.type == 0 || spec.type == 'n' ? 'g' : spec.type;
    if (spec.precision >= 0) style.precision = int(spec.precision);
    const NumberText out = format_real(value.as_real(), style);
    return spec.type == 0 ? with_fraction(out, value.as_real(), style) : out;
  }

  void number(const Spec& spec, const Value& value) {
    const NumberText is = shown(spec, value);
    const Int size = Int(is.sign.size() + is.digits.size());
    const size_t blanks = spec.width > size ? size_t(spec.width - size) : 0;
    const char align = spec.align == 0 ? '>' : spec.align;
    const size_t left = align == '>' ? blanks : align == '^' ? blanks / 2 : 0;
    const size_t inside = align == '=' ? blanks : 0;
    out_.add_repeated(spec.fill, left, value.origin());
    out_.add(is.sign, value.origin());
    out_.add_repeated(spec.fill, inside, value.origin());
    out_.add(is.digits, value.origin());
    out_.add_repeated(spec.fill, blanks - left - inside, value.origin());
  }

  Interpreter& in_;
  TextBuilder& out_;
  const Arguments& words_;
  size_t next_ = 0;
  bool nested_ = false;
};

}  // namespace

void format_braces(Interpreter& in, TextBuilder& out, const AttributedText& format,
                   const Arguments& words) {
  Formatter(in, out, words).run(format);
}

}  // namespace straddle::templates::jinja
