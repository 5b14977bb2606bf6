// Values as JSON, as Python's json.dumps writes it. Punctuation of a quoted list or dict is quoted too.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "templates/characters.h"
#include "templates/jinja/library.h"
#include "templates/jinja/numbers.h"

namespace straddle::templates::jinja {
namespace {

class Printer {
 public:
  Printer(TextBuilder& out, const JsonStyle& style) : out_(out), style_(style) {}

  void print(const Value& value) {
    out_.budget().spend(1);
    switch (value.kind()) {
      case Kind::none:
        return out_.add("null", value.origin());
      case Kind::boolean:
        return out_.add(value.as_boolean() ? "true" : "false", value.origin());
      case Kind::integer:
        return out_.add(integer_text(value.as_integer()), value.origin());
      case Kind::real:
        return out_.add(real(value.as_real()), value.origin());
      case Kind::text:
        return text(value.text());
      case Kind::dict:
        return dict(value.dict());
      case Kind::list:
        if (value.list().kind <= ListKind::tuple) return list(value.list());
        break;
      default:
        break;
    }
    fail_with(std::string("Object of type ") + type_name(value) + " is not JSON serializable");
  }

 private:
  static std::string real(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    return real_text(number);
  }

  void code_unit(uint32_t unit, Origin origin) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, "\\u%04x", unit & 0xFFFF);
    out_.add(buffer, origin);
  }

  void character(const Character& c, std::string_view bytes, Origin origin) {
    static constexpr std::string_view kMarks = "\"\\\n\r\t\f\b", kLetters = "\"\\nrtfb";
    const size_t mark = c.code < 0x80 ? kMarks.find(char(c.code)) : kMarks.npos;
    if (mark != kMarks.npos) {
      const char escape[] = {'\\', kLetters[mark]};
      out_.add(std::string_view(escape, 2), origin);
    } else if (c.code < 0x20 || (style_.ascii && c.code >= 0x7F && c.code < 0x10000 && c.code != 0x7F)) {
      code_unit(c.code, origin);
    } else if (style_.ascii && c.code >= 0x10000 && c.code != kNoCharacter) {
      code_unit(0xD800 + ((c.code - 0x10000) >> 10), origin);
      code_unit(0xDC00 + ((c.code - 0x10000) & 0x3FF), origin);
    } else {
      out_.add(bytes, origin);
    }
  }

  void text(const AttributedText& text) {
    out_.add("\"", text.origin());
    for (size_t at = 0; at < text.size();) {
      const Character c = character_at(text.bytes, at);
      character(c, std::string_view(text.bytes).substr(at, c.bytes), text.origin_at(at));
      at += c.bytes;
    }
    out_.add("\"", text.origin());
  }

  void new_line(Origin origin) {
    if (!style_.pretty) return;
    out_.add("\n", origin);
    out_.add_repeated(style_.indent, depth_, origin);
  }

  void list(const ListObject& list) {
    if (list.items.empty()) return out_.add("[]", list.origin);
    out_.add("[", list.origin);
    ++depth_;
    for (size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) out_.add(style_.item_separator, list.origin);
      new_line(list.origin);
      print(list.items[i]);
    }
    --depth_;
    new_line(list.origin);
    out_.add("]", list.origin);
  }

  using Entry = std::pair<Value, Value>;

  void dict(const DictObject& dict) {
    if (dict.entries.empty()) return out_.add("{}", dict.origin);
    std::vector<const Entry*> order;
    for (const Entry& entry : dict.entries) order.push_back(&entry);
    if (style_.sort_keys) {
      std::stable_sort(order.begin(), order.end(), [&](const Entry* a, const Entry* b) {
        return compare(out_.budget(), a->first, b->first) < 0;
      });
    }
    out_.add("{", dict.origin);
    ++depth_;
    for (size_t i = 0; i < order.size(); ++i) {
      if (i > 0) out_.add(style_.item_separator, dict.origin);
      new_line(dict.origin);
      key(order[i]->first);
      out_.add(style_.key_separator, dict.origin);
      print(order[i]->second);
    }
    --depth_;
    new_line(dict.origin);
    out_.add("}", dict.origin);
  }

  // Numbers, truths and none become texts.
  void key(const Value& value) {
    if (value.is(Kind::text)) return text(value.text());
    if (!value.is_number() && !value.is(Kind::none))
      fail_with(std::string("a key of JSON cannot be a ") + type_name(value));
    out_.add("\"", value.origin());
    print(value);
    out_.add("\"", value.origin());
  }

  TextBuilder& out_;
  const JsonStyle& style_;
  size_t depth_ = 0;
};

}  // namespace

void print_json(TextBuilder& out, const Value& value, const JsonStyle& style) {
  Printer(out, style).print(value);
}

}  // namespace straddle::templates::jinja
