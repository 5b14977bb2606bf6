// Filters on texts. Those that are methods of str too call them.
#include <algorithm>
#include <array>
#include <cstdio>

#include "templates/characters.h"
#include "templates/jinja/interpreter.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

using In = Interpreter;

Value method(In& in, std::string_view name, const Value& self, Arguments words = {}) {
  const Row* row = find_row(text_methods(), name);
  return row->run(in, in.printed(self), bind(*row, std::move(words)));
}

Value upper(In& in, const Value& self, const Bound&) { return method(in, "upper", self); }
Value lower(In& in, const Value& self, const Bound&) { return method(in, "lower", self); }
Value capitalize(In& in, const Value& self, const Bound&) { return method(in, "capitalize", self); }

Value trim(In& in, const Value& self, const Bound& words) {
  return method(in, "strip", self, {words.has(0) ? Values{words[0]} : Values{}, {}});
}

Value center(In& in, const Value& self, const Bound& words) {
  return method(in, "center", self, {{words.has(0) ? words[0] : Value::integer(80)}, {}});
}

Value replace(In& in, const Value& self, const Bound& words) {
  const bool all = !words.has(2) || words[2].is(Kind::none);
  return method(in, "replace", self,
                {{in.printed(words[0]), in.printed(words[1]), all ? Value::integer(-1) : words[2]}, {}});
}

// Words begin at the start and behind white space, '-' and opening brackets.
Value title(In& in, const Value& self, const Bound&) {
  const Value shown = in.printed(self);
  const AttributedText& text = shown.text();
  TextBuilder out(in.budget());
  bool first = true;
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    const uint32_t code = first ? to_upper(c.code) : to_lower(c.code);
    if (code == c.code) {
      out.add(text, at, at + c.bytes);
    } else {
      out.add_character(code, text.origin_at(at));
    }
    first = is_space(c.code) || std::string_view("-({[<").find(char(c.code)) != std::string_view::npos;
    if (c.code >= 0x80) first = is_space(c.code);
    at += c.bytes;
  }
  return in.text(out);
}

Value string(In& in, const Value& self, const Bound&) { return in.printed(self); }

Value safe(In& in, const Value& self, const Bound&) {
  TextBuilder out(in.budget());
  print(out, self);
  return in.text(out, true);
}

Value force_escape(In& in, const Value& self, const Bound&) {
  TextBuilder out(in.budget());
  escape_html(out, in.printed(self).text());
  return in.text(out, true);
}

Value escape(In& in, const Value& self, const Bound& words) {
  const bool escaped = self.is(Kind::text) && self.text_object().is_markup;
  return escaped ? self : force_escape(in, self, words);
}

Value format(In& in, const Value& self, const Bound& words) {
  if (!words.rest.positional.empty() && !words.rest.named.empty())
    fail_with("format(): names or places, not both");
  Value values = in.list(words.rest.positional, ListKind::tuple);
  if (!words.rest.named.empty()) {
    DictObject::Entries entries;
    for (const auto& [name, value] : words.rest.named) entries.emplace_back(in.text(name), value);
    values = in.dict(std::move(entries));
  }
  TextBuilder out(in.budget());
  const Value shown = in.printed(self);
  format_percent(in, out, shown.text(), values);
  return in.text(out);
}

Value indent(In& in, const Value& self, const Bound& words) {
  const bool by_text = words.has(0) && words[0].is(Kind::text);
  const Int width = by_text ? 0 : std::clamp<Int>(words.integer(0, 4), 0, Int(1) << 30);
  TextBuilder unit(in.budget());
  if (by_text) {
    unit.add(words.text(0));
  } else {
    unit.add_repeated(" ", size_t(width), Origin::own);
  }
  const auto lines = in.walk(method(in, "splitlines", self))->items;
  const bool first = words.is_true(1), blank = words.is_true(2);
  const Value shown = in.printed(self);
  TextBuilder out(in.budget());
  if (lines.empty() && first) out.add(unit.text());
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out.add("\n", lines[i].origin());
    const bool wanted = i == 0 ? first : blank || lines[i].is_true();
    if (wanted) out.add(unit.text());
    out.add(lines[i].text());
  }
  // A line end at the end begins one more line, which is empty.
  const AttributedText& text = shown.text();
  if (text.size() > 0 && ends_line(static_cast<unsigned char>(text.bytes.back()))) {
    out.add("\n", text.origin());
    if (blank) out.add(unit.text());
  }
  return in.text(out);
}

Value truncate(In& in, const Value& self, const Bound& words) {
  const Value shown = in.printed(self);
  const AttributedText& text = shown.text();
  const Value end = words.has(2) ? in.printed(words[2]) : in.text("...");
  const Int length = words.integer(0, 255), leeway = words.integer(3, 5);
  const Int kept = length - Int(end.text_object().characters());
  if (kept < 0) fail_with("truncate(): the length is below that of the end");
  if (Int(shown.text_object().characters()) <= length + leeway) return shown;
  size_t at = 0;
  for (Int i = 0; i < kept; ++i) at += character_at(text.bytes, at).bytes;
  if (!words.is_true(1)) {
    const size_t blank = std::string_view(text.bytes).substr(0, at).rfind(' ');
    if (blank != std::string_view::npos) at = blank;
  }
  TextBuilder out(in.budget());
  out.add(text, 0, at);
  out.add(end.text());
  return in.text(out);
}

Value wordcount(In& in, const Value& self, const Bound&) {
  const Value shown = in.printed(self);
  in.budget().spend_text(shown.text().size());
  Int count = 0;
  bool inside = false;
  for (size_t at = 0; at < shown.text().size();) {
    const Character c = character_at(shown.text().bytes, at);
    const bool word = c.code == '_' || is_letter(c.code) || is_number(c.code);
    count += word && !inside ? 1 : 0;
    inside = word;
    at += c.bytes;
  }
  return Value::integer(count);
}

Value urlencode(In& in, const Value& self, const Bound&) {
  static constexpr std::string_view kPlain = "_.-~/";
  const Value shown = in.printed(self);
  const AttributedText& text = shown.text();
  TextBuilder out(in.budget());
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text.bytes[at];
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       kPlain.find(c) != kPlain.npos;
    char coded[4] = {c, 0, 0, 0};
    if (!plain) std::snprintf(coded, sizeof coded, "%%%02X", unsigned(static_cast<unsigned char>(c)));
    out.add(std::string_view(coded, plain ? 1 : 3), text.origin_at(at));
  }
  return in.text(out);
}

constexpr auto kFilters = std::to_array<Row>({
    {"capitalize", "", capitalize},
    {"center", "width?", center},
    {"e", "", escape},
    {"escape", "", escape},
    {"forceescape", "", force_escape},
    {"format", "*", format},
    {"indent", "width? first? blank?", indent},
    {"lower", "", lower},
    {"replace", "old new count?", replace},
    {"safe", "", safe},
    {"string", "", string},
    {"title", "", title},
    {"trim", "chars?", trim},
    {"truncate", "length? killwords? end? leeway?", truncate},
    {"upper", "", upper},
    {"urlencode", "", urlencode},
    {"wordcount", "", wordcount},
});

}  // namespace

std::span<const Row> text_filters() { return kFilters; }

void escape_html(TextBuilder& out, const AttributedText& text) {
  static constexpr std::string_view kMarks = "&<>'\"";
  static constexpr std::string_view kNames[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
  size_t begin = 0;
  for (size_t at = text.bytes.find_first_of(kMarks); at != std::string::npos;
       at = text.bytes.find_first_of(kMarks, at + 1)) {
    out.add(text, begin, at);
    out.add(kNames[kMarks.find(text.bytes[at])], text.origin_at(at));
    begin = at + 1;
  }
  out.add(text, begin, text.size());
}

}  // namespace straddle::templates::jinja
