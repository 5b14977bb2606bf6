// The methods of Python's str. Every character keeps its provenance.
#include <algorithm>
#include <array>

#include "templates/characters.h"
#include "templates/jinja/interpreter.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

using In = Interpreter;

Value boolean(bool is) { return Value::boolean(is); }

constexpr uint32_t kSharpS = 0xDF;  // the one letter in use whose capital is two

// Each character by a function of its code and the one before.
template <class Map>
Value mapped(In& in, const Value& self, Map map) {
  const AttributedText& text = self.text();
  TextBuilder out(in.budget());
  uint32_t before = kNoCharacter;
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    const uint32_t code = map(c.code, before);
    if (code == c.code) {
      out.add(text, at, at + c.bytes);
    } else if (c.code == kSharpS) {
      out.add("SS", text.origin_at(at));
    } else {
      out.add_character(code, text.origin_at(at));
    }
    before = c.code;
    at += c.bytes;
  }
  return in.text(out, self.text_object().is_markup);
}

bool is_cased(uint32_t code) { return is_upper(code) || is_lower(code) || is_title(code); }

Value upper(In& in, const Value& self, const Bound&) {
  return mapped(in, self, [](uint32_t c, uint32_t) { return to_upper(c); });
}
Value lower(In& in, const Value& self, const Bound&) {
  return mapped(in, self, [](uint32_t c, uint32_t) { return to_lower(c); });
}
Value casefold(In& in, const Value& self, const Bound& words) {
  const Value small = lower(in, self, words);
  TextBuilder out(in.budget());
  replace_text(out, small.text(), {"ß", {}}, {"ss", {}}, -1);
  return in.text(out);
}
Value title(In& in, const Value& self, const Bound&) {
  return mapped(in, self, [](uint32_t c, uint32_t before) {
    return is_cased(before) ? to_lower(c) : to_title(c);
  });
}
Value swapcase(In& in, const Value& self, const Bound&) {
  return mapped(in, self, [](uint32_t c, uint32_t) { return is_upper(c) ? to_lower(c) : to_upper(c); });
}
Value capitalize(In& in, const Value& self, const Bound&) {
  bool first = true;
  return mapped(in, self, [&](uint32_t c, uint32_t) {
    return std::exchange(first, false) ? to_title(c) : to_lower(c);
  });
}

// True where the text has characters and each is of the class.
template <class Test>
bool all_are(In& in, const AttributedText& text, Test test) {
  in.budget().spend_text(text.size());
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    if (!test(c.code)) return false;
    at += c.bytes;
  }
  return text.size() > 0;
}

Value isalpha(In& in, const Value& self, const Bound&) {
  return boolean(all_are(in, self.text(), is_letter));
}
Value isdigit(In& in, const Value& self, const Bound&) {
  return boolean(all_are(in, self.text(), is_decimal));
}
Value isnumeric(In& in, const Value& self, const Bound&) {
  return boolean(all_are(in, self.text(), is_number));
}
Value isspace(In& in, const Value& self, const Bound&) {
  return boolean(all_are(in, self.text(), is_space));
}
Value isalnum(In& in, const Value& self, const Bound&) {
  return boolean(all_are(in, self.text(), [](uint32_t c) { return is_letter(c) || is_number(c); }));
}
Value isascii(In& in, const Value& self, const Bound&) {
  return boolean(self.text().size() == 0 ||
                 all_are(in, self.text(), [](uint32_t c) { return c < 0x80; }));
}
Value isidentifier(In& in, const Value& self, const Bound&) {
  const auto is_word = [](uint32_t c) { return c == '_' || is_letter(c) || is_decimal(c); };
  return boolean(all_are(in, self.text(), is_word) &&
                 !is_decimal(character_at(self.text().bytes, 0).code));
}

bool has_case(In& in, const AttributedText& text, bool (*wanted)(uint32_t), bool (*other)(uint32_t)) {
  bool any = false;
  const auto fits = [&](uint32_t c) {
    any |= wanted(c);
    return !other(c) && !is_title(c);
  };
  return all_are(in, text, fits) && any;
}
Value islower(In& in, const Value& self, const Bound&) {
  return boolean(has_case(in, self.text(), is_lower, is_upper));
}
Value isupper(In& in, const Value& self, const Bound&) {
  return boolean(has_case(in, self.text(), is_upper, is_lower));
}

// ---- ends

bool is_one_of(const Character& c, std::string_view text, size_t at, const AttributedText* set) {
  if (!set) return is_space(c.code);
  return set->bytes.find(text.substr(at, c.bytes)) != std::string::npos;
}

Value stripped(In& in, const Value& self, const Bound& words, bool left, bool right) {
  const AttributedText& text = self.text();
  const AttributedText* set = words.has(0) && !words[0].is(Kind::none) ? &words.text(0) : nullptr;
  const std::string_view all = text.bytes;
  in.budget().spend_text(all.size() * (set ? 1 + set->size() / 8 : 1));
  size_t begin = 0, end = all.size();
  while (left && begin < end) {
    const Character c = character_at(all, begin);
    if (!is_one_of(c, all, begin, set)) break;
    begin += c.bytes;
  }
  while (right && end > begin) {
    const size_t last = character_before(all, end);
    if (!is_one_of(character_at(all, last), all, last, set)) break;
    end = last;
  }
  TextBuilder out(in.budget());
  out.add(text, begin, end);
  return in.text(out, self.text_object().is_markup);
}

Value strip(In& in, const Value& self, const Bound& words) {
  return stripped(in, self, words, true, true);
}
Value lstrip(In& in, const Value& self, const Bound& words) {
  return stripped(in, self, words, true, false);
}
Value rstrip(In& in, const Value& self, const Bound& words) {
  return stripped(in, self, words, false, true);
}

bool begins(std::string_view text, std::string_view part) { return text.substr(0, part.size()) == part; }
bool ends(std::string_view text, std::string_view part) {
  return text.size() >= part.size() && text.substr(text.size() - part.size()) == part;
}

// Byte places of the characters [first, end) that Python's optional bounds name.
std::string_view bounded(const Value& self, const Bound& words, size_t first_word,
                         size_t* offset = nullptr) {
  if (!words.has(first_word) && !words.has(first_word + 1)) return self.text().bytes;
  const Int size = Int(self.text_object().characters());
  const auto place = [&](size_t word, Int preset) {
    if (words.has(word) && words[word].is(Kind::none)) return preset;
    const Int index = words.integer(word, preset);
    return std::clamp<Int>(index < 0 ? index + size : index, 0, size);
  };
  const Int begin = place(first_word, 0), end = std::max(begin, place(first_word + 1, size));
  const std::string_view all = self.text().bytes;
  self.text_object().budget.spend(all.size() / 4);
  size_t at = 0, from = 0;
  for (Int i = 0; i < end; ++i) {
    if (i == begin) from = at;
    at += character_at(all, at).bytes;
  }
  if (begin == end) from = at;
  if (offset) *offset = from;
  return all.substr(from, at - from);
}

Value begins_or_ends(In& in, const Value& self, const Bound& words,
                     bool (*test)(std::string_view, std::string_view)) {
  const std::string_view text =
      words.has(1) ? bounded(self, words, 1) : std::string_view(self.text().bytes);
  if (!words[0].is(Kind::list)) return boolean(test(text, words.text(0).bytes));
  for (const Value& part : words[0].list().items) {
    if (!part.is(Kind::text)) fail_with("a tuple of str is wanted");
    in.budget().spend(1);
    if (test(text, part.text().bytes)) return boolean(true);
  }
  return boolean(false);
}
Value startswith(In& in, const Value& self, const Bound& words) {
  return begins_or_ends(in, self, words, begins);
}
Value endswith(In& in, const Value& self, const Bound& words) {
  return begins_or_ends(in, self, words, ends);
}

Value removeprefix(In& in, const Value& self, const Bound& words) {
  const AttributedText& text = self.text();
  return in.piece(text, begins(text.bytes, words.text(0).bytes) ? words.text(0).size() : 0, text.size());
}
Value removesuffix(In& in, const Value& self, const Bound& words) {
  const AttributedText& text = self.text();
  return in.piece(text, 0,
                  text.size() - (ends(text.bytes, words.text(0).bytes) ? words.text(0).size() : 0));
}

// ---- places

Int found_at(In& in, const Value& self, const Bound& words, bool from_right) {
  in.budget().spend_text(self.text().size());
  size_t offset = 0;
  const std::string_view text = bounded(self, words, 1, &offset);
  const size_t at = from_right ? text.rfind(words.text(0).bytes) : text.find(words.text(0).bytes);
  if (at == text.npos) return -1;
  return Int(count_characters(std::string_view(self.text().bytes).substr(0, offset + at)));
}

Value find(In& in, const Value& self, const Bound& words) {
  return Value::integer(found_at(in, self, words, false));
}
Value rfind(In& in, const Value& self, const Bound& words) {
  return Value::integer(found_at(in, self, words, true));
}
Value index(In& in, const Value& self, const Bound& words) {
  const Int at = found_at(in, self, words, false);
  if (at < 0) fail_with("substring not found");
  return Value::integer(at);
}
Value rindex(In& in, const Value& self, const Bound& words) {
  const Int at = found_at(in, self, words, true);
  if (at < 0) fail_with("substring not found");
  return Value::integer(at);
}

Value count(In& in, const Value& self, const Bound& words) {
  in.budget().spend_text(self.text().size());
  const std::string_view text = bounded(self, words, 1);
  const std::string_view part = words.text(0).bytes;
  if (part.empty()) return Value::integer(Int(count_characters(text)) + 1);
  Int out = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++out;
  return Value::integer(out);
}

// ---- cutting and joining

Value split_at(In& in, const Value& self, const Bound& words, bool from_right) {
  const bool by_space = !words.has(0) || words[0].is(Kind::none);
  return in.list(
      split_text(in, self, by_space ? nullptr : &words.text(0), words.integer(1, -1), from_right));
}
Value split(In& in, const Value& self, const Bound& words) { return split_at(in, self, words, false); }
Value rsplit(In& in, const Value& self, const Bound& words) { return split_at(in, self, words, true); }

Value splitlines(In& in, const Value& self, const Bound& words) {
  const AttributedText& text = self.text();
  Values lines;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    const size_t line = at;
    at += c.bytes;
    if (!ends_line(c.code)) continue;
    if (c.code == '\r' && at < text.size() && text.bytes[at] == '\n') ++at;
    lines.push_back(in.piece(text, begin, words.is_true(0) ? at : line));
    begin = at;
  }
  if (begin < text.size()) lines.push_back(in.piece(text, begin, text.size()));
  return in.list(std::move(lines));
}

Value parted(In& in, const Value& self, const Bound& words, bool from_right) {
  const AttributedText &text = self.text(), &part = words.text(0);
  if (part.size() == 0) fail_with("empty separator");
  in.budget().spend_text(text.size());
  const size_t at = from_right ? text.bytes.rfind(part.bytes) : text.bytes.find(part.bytes);
  if (at == std::string::npos) {
    return in.list(
        from_right ? Values{in.text(""), in.text(""), self} : Values{self, in.text(""), in.text("")},
        ListKind::tuple);
  }
  return in.list({in.piece(text, 0, at), in.piece(text, at, at + part.size()),
                  in.piece(text, at + part.size(), text.size())},
                 ListKind::tuple);
}
Value partition(In& in, const Value& self, const Bound& words) { return parted(in, self, words, false); }
Value rpartition(In& in, const Value& self, const Bound& words) { return parted(in, self, words, true); }

Value join(In& in, const Value& self, const Bound& words) {
  const auto items = in.walk(words[0]);
  TextBuilder out(in.budget());
  for (size_t i = 0; i < items->items.size(); ++i) {
    if (!items->items[i].is(Kind::text)) {
      fail_with("join(): item " + std::to_string(i) + " is no str but " + type_name(items->items[i]));
    }
    if (i > 0) out.add(self.text());
    out.add(items->items[i].text());
  }
  return in.text(out);
}

Value replace(In& in, const Value& self, const Bound& words) {
  TextBuilder out(in.budget());
  replace_text(out, self.text(), words.text(0), words.text(1), words.integer(2, -1));
  return in.text(out, self.text_object().is_markup);
}

// ---- padding

// Blanks, or words[1], before and behind: as many as the width asks for.
Value padded(In& in, const Value& self, const Bound& words, size_t left, size_t right) {
  TextBuilder out(in.budget());
  const std::string fill = words.has(1) ? words.text(1).bytes : " ";
  const Origin origin = words.has(1) ? words[1].origin() : Origin::own;
  out.add_repeated(fill, left, origin);
  out.add(self.text());
  out.add_repeated(fill, right, origin);
  return in.text(out);
}

size_t room(const Value& self, const Bound& words) {
  const Int free = words.integer(0, 0) - Int(self.text_object().characters());
  return free < 0 ? 0 : size_t(std::min<Int>(free, Int(1) << 40));
}

Value ljust(In& in, const Value& self, const Bound& words) {
  return padded(in, self, words, 0, room(self, words));
}
Value rjust(In& in, const Value& self, const Bound& words) {
  return padded(in, self, words, room(self, words), 0);
}
Value center(In& in, const Value& self, const Bound& words) {
  const size_t free = room(self, words);
  const size_t left =
      free / 2 + (free & size_t(words.integer(0, 0)) & 1);  // as Python shares an odd one
  return padded(in, self, words, left, free - left);
}

Value zfill(In& in, const Value& self, const Bound& words) {
  const AttributedText& text = self.text();
  const size_t sign = text.size() > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+') ? 1 : 0;
  TextBuilder out(in.budget());
  out.add(text, 0, sign);
  out.add_repeated("0", room(self, words), text.origin());
  out.add(text, sign, text.size());
  return in.text(out);
}

Value expandtabs(In& in, const Value& self, const Bound& words) {
  const AttributedText& text = self.text();
  const Int every = words.integer(0, 8);
  TextBuilder out(in.budget());
  Int column = 0;
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    if (c.code == '\t') {
      const Int blanks = every > 0 ? every - column % every : 0;
      out.add_repeated(" ", size_t(std::min<Int>(blanks, Int(1) << 40)), text.origin_at(at));
      column += blanks;
    } else {
      out.add(text, at, at + c.bytes);
      column = c.code == '\n' || c.code == '\r' ? 0 : column + 1;
    }
    at += c.bytes;
  }
  return in.text(out);
}

Value format(In& in, const Value& self, const Bound& words) {
  TextBuilder out(in.budget());
  format_braces(in, out, self.text(), words.rest);
  return in.text(out);
}

constexpr auto kMethods = std::to_array<Row>({
    {"capitalize", "", capitalize},
    {"casefold", "", casefold},
    {"center", "width fillchar?", center},
    {"count", "sub start? end?", count},
    {"endswith", "suffix start? end?", endswith},
    {"expandtabs", "tabsize?", expandtabs},
    {"find", "sub start? end?", find},
    {"format", "*", format},
    {"index", "sub start? end?", index},
    {"isalnum", "", isalnum},
    {"isalpha", "", isalpha},
    {"isascii", "", isascii},
    {"isdecimal", "", isdigit},
    {"isdigit", "", isdigit},
    {"isidentifier", "", isidentifier},
    {"islower", "", islower},
    {"isnumeric", "", isnumeric},
    {"isspace", "", isspace},
    {"isupper", "", isupper},
    {"join", "iterable", join},
    {"ljust", "width fillchar?", ljust},
    {"lower", "", lower},
    {"lstrip", "chars?", lstrip},
    {"partition", "sep", partition},
    {"removeprefix", "prefix", removeprefix},
    {"removesuffix", "suffix", removesuffix},
    {"replace", "old new count?", replace},
    {"rfind", "sub start? end?", rfind},
    {"rindex", "sub start? end?", rindex},
    {"rjust", "width fillchar?", rjust},
    {"rpartition", "sep", rpartition},
    {"rsplit", "sep? maxsplit?", rsplit},
    {"rstrip", "chars?", rstrip},
    {"split", "sep? maxsplit?", split},
    {"splitlines", "keepends?", splitlines},
    {"startswith", "prefix start? end?", startswith},
    {"strip", "chars?", strip},
    {"swapcase", "", swapcase},
    {"title", "", title},
    {"upper", "", upper},
    {"zfill", "width", zfill},
});

}  // namespace

std::span<const Row> text_methods() { return kMethods; }

}  // namespace straddle::templates::jinja
