#include "templates/go/value.h"

#include <algorithm>
#include <string>

namespace straddle::templates::go {
namespace {

constexpr uint32_t kDeepestData = 150;

// How each kind of Data becomes a Value.
struct ToValue {
  Budget& budget;
  const Data& data;
  uint32_t depth;

  static Value of(Budget& budget, const Data& data, uint32_t depth) {
    if (depth > kDeepestData)
      fail_with("messages or tools nest deeper than " + std::to_string(kDeepestData));
    budget.spend(1);
    return std::visit(ToValue{budget, data, depth}, data.value);
  }

  Value operator()(Data::Nothing) const { return Value::nil(data.origin); }
  Value operator()(bool is) const { return Value::boolean(is, data.origin); }
  Value operator()(int64_t is) const { return Value::integer(is, data.origin); }
  Value operator()(uint64_t is) const { return Value::integer(int64_t(is), data.origin); }
  Value operator()(double is) const { return Value::real(is, data.origin); }
  Value operator()(std::string_view bytes) const { return text(bytes); }
  Value operator()(const Data::Pieces& pieces) const {
    TextBuilder out(budget);
    for (const Data::Piece& piece : pieces) out.add(piece.text, piece.origin);
    return Value::text(out);
  }
  Value operator()(const Data::List& list) const {
    Values items;
    for (const Data& item : list) items.push_back(of(budget, item, depth + 1));
    const size_t bytes = sizeof(ListObject) + items.size() * sizeof(Value);
    return Value(std::shared_ptr<const ListObject>(
        new ListObject{{budget, bytes}, std::move(items), data.origin, data.type}));
  }
  Value operator()(const Data::Dict& dict) const {
    std::vector<DictObject::Entry> entries;
    for (const auto& [key, value] : dict) entries.emplace_back(text(key), of(budget, value, depth + 1));
    const bool is_struct = data.type && !data.type->fields.empty();
    if (!is_struct) sort(entries);
    const size_t bytes = sizeof(DictObject) + entries.size() * sizeof(DictObject::Entry);
    return Value(std::shared_ptr<const DictObject>(
        new DictObject{{budget, bytes}, std::move(entries), data.origin, data.type}));
  }

  Value text(std::string_view bytes) const {
    TextBuilder out(budget);
    out.add(bytes, data.origin);
    return Value::text(out);
  }

  // Of equal keys the last one counts.
  void sort(std::vector<DictObject::Entry>& entries) const {
    const auto key = [](const DictObject::Entry& entry) -> std::string_view {
      return entry.first.text().bytes;
    };
    budget.spend(entries.size() * 4);
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const auto& a, const auto& b) { return key(a) < key(b); });
    const auto first = std::unique(entries.rbegin(), entries.rend(),
                                   [&](const auto& a, const auto& b) { return key(a) == key(b); });
    entries.erase(entries.begin(), first.base());
  }
};

}  // namespace

TextObject::TextObject(Budget& budget, AttributedText made)
    : held(budget, sizeof(TextObject) + made.bytes.size() + made.quoted.size() * sizeof(Span)),
      text(std::move(made)) {}

Value Value::boolean(bool is, Origin origin) {
  Value out(Kind::boolean, origin);
  out.whole_ = is;
  return out;
}

Value Value::integer(int64_t is, Origin origin) {
  Value out(Kind::integer, origin);
  out.whole_ = is;
  return out;
}

Value Value::real(double is, Origin origin) {
  Value out(Kind::real, origin);
  out.real_ = is;
  return out;
}

Value Value::text(Budget& budget, AttributedText text) {
  Value out(Kind::text, text.origin());
  out.object_ = std::make_shared<const TextObject>(budget, std::move(text));
  return out;
}

Value::Value(std::shared_ptr<const ListObject> list) : kind_(Kind::list), origin_(list->origin) {
  part_ = {0, uint32_t(list->items.size())};
  object_ = std::move(list);
}

Value::Value(std::shared_ptr<const DictObject> dict) : kind_(Kind::dict), origin_(dict->origin) {
  object_ = std::move(dict);
}

const GoType* Value::type() const {
  return is(Kind::list) ? list().type : is(Kind::dict) ? dict().type : nullptr;
}

bool Value::is_struct() const { return is(Kind::dict) && type() && !type()->fields.empty(); }

bool Value::is_true() const {
  switch (kind_) {
    case Kind::boolean:
    case Kind::integer:
      return whole_ != 0;
    case Kind::real:
      return real_ != 0;
    case Kind::text:
      return text().size() > 0;
    case Kind::list:
      return size() > 0;
    case Kind::dict:
      return is_struct() || !dict().entries.empty();
    default:
      return false;
  }
}

const Value& Value::item(size_t i) const { return list().items[part_.begin + i]; }

size_t Value::items_left() const { return list().items.size() - part_.begin; }

Value Value::cut(size_t begin, size_t end) const {
  Value out(*this);
  out.part_ = {uint32_t(part_.begin + begin), uint32_t(part_.begin + end)};
  return out;
}

const Value* DictObject::find(std::string_view key) const {
  const auto bytes = [](const Entry& entry) -> std::string_view { return entry.first.text().bytes; };
  const bool is_map = !type || type->fields.empty();
  const auto at =
      is_map ? std::lower_bound(entries.begin(), entries.end(), key,
                                [&](const Entry& entry, std::string_view k) { return bytes(entry) < k; })
             : std::find_if(entries.begin(), entries.end(),
                            [&](const Entry& entry) { return bytes(entry) == key; });
  return at != entries.end() && bytes(*at) == key ? &at->second : nullptr;
}

Value value_of(Budget& budget, const Data& data) { return ToValue::of(budget, data, 0); }

const char* type_name(const Value& value) {
  static constexpr const char* kNames[] = {"nil",     "nil",    "bool",  "int",
                                           "float64", "string", "slice", "map"};
  return value.is_struct() ? "struct" : kNames[size_t(value.kind())];
}

}  // namespace straddle::templates::go
