#include "templates/jinja/value.h"

#include <algorithm>
#include <cmath>

#include "templates/characters.h"
#include "templates/jinja/interpreter.h"

namespace straddle::templates::jinja {
namespace {

constexpr uint32_t kDeepest = 200;  // lists within lists: all that walks over values recurses this far

uint32_t depth_over(uint32_t deepest) {
  if (deepest >= kDeepest)
    fail_with("lists within lists, more than " + std::to_string(kDeepest) + " deep");
  return deepest + 1;
}

size_t bytes_of(const AttributedText& text) {
  return sizeof(TextObject) + text.bytes.size() + text.quoted.size() * sizeof(Span);
}

}  // namespace

// ---- the heap

Object::Object(Heap& owner, size_t size) : heap(owner), budget(owner.budget()), bytes(size) {
  budget.spend(1);
  budget.hold(bytes);
}

void Heap::link(Object* object) {
  object->behind = alive_;
  if (alive_) alive_->before = object;
  alive_ = object;
}

void Heap::unlink(Object* object) {
  if (object->before) object->before->behind = object->behind;
  if (object->behind) object->behind->before = object->before;
  if (alive_ == object) alive_ = object->behind;
}

void Heap::free(Object* object) {
  unlink(object);
  object->behind = dead_;
  dead_ = object;
  if (freeing_) return;  // the loop below, further up the stack, takes it
  freeing_ = true;
  while (dead_) {
    Object* next = dead_;
    dead_ = next->behind;
    delete next;
  }
  freeing_ = false;
}

// What is alive now stands in a circle: held by one reference more, all let go, then all are freed.
Heap::~Heap() {
  for (Object* o = alive_; o; o = o->behind) ++o->references;
  for (Object* o = alive_; o; o = o->behind) o->let_go();
  while (alive_) {
    Object* next = alive_;
    alive_ = next->behind;
    delete next;
  }
}

TextObject::TextObject(Heap& owner, AttributedText is, bool markup)
    : Object(owner, bytes_of(is)), text(std::move(is)), is_markup(markup) {}

size_t TextObject::characters() const {
  if (characters_ == SIZE_MAX) {
    budget.spend_text(text.size());
    characters_ = count_characters(text.bytes);
  }
  return characters_;
}

ListObject::ListObject(Heap& owner, Values is, ListKind list_kind, Origin is_origin)
    : Object(owner, sizeof(ListObject) + is.size() * sizeof(Value)),
      items(std::move(is)),
      kind(list_kind),
      origin(is_origin) {
  budget.spend(items.size() / 8);
  for (const Value& item : items) depth = std::max(depth, item.depth());
  depth = depth_over(depth);
}

DictObject::DictObject(Heap& owner, Entries is, Origin is_origin)
    : Object(owner, sizeof(DictObject) + is.size() * 2 * sizeof(Value)),
      entries(std::move(is)),
      origin(is_origin) {
  budget.spend(entries.size() / 8);
  for (const auto& [key, value] : entries) depth = std::max({depth, key.depth(), value.depth()});
  depth = depth_over(depth);
}

const Value* DictObject::find(std::string_view key) const {
  budget.spend(entries.size() / 4);
  for (const auto& [name, value] : entries) {
    if (name.is(Kind::text) && name.text().bytes == key) return &value;
  }
  return nullptr;
}

const Value* DictObject::find(const Value& key) const {
  if (key.is(Kind::text)) return find(key.text().bytes);
  for (const auto& [name, value] : entries) {
    if (equal(budget, name, key)) return &value;
  }
  return nullptr;
}

void need_hashable(const Value& key) {
  if (key.is(Kind::dict) || (key.is(Kind::list) && key.list().kind == ListKind::list))
    fail_with(std::string("unhashable type: '") + type_name(key) + "'");
}

void put_entry(Budget& budget, DictObject::Entries& entries, Value key, Value value) {
  need_hashable(key);
  budget.spend(1 + entries.size() / 4);
  for (auto& [name, old] : entries) {
    if (equal(budget, name, key)) {
      old = std::move(value);
      return;
    }
  }
  entries.emplace_back(std::move(key), std::move(value));
}

Value* SpaceObject::find(std::string_view name) {
  for (auto& [key, value] : entries) {
    if (key == name) return &value;
  }
  return nullptr;
}

void SpaceObject::set(std::string_view name, Value value) {
  budget.spend(1 + entries.size() / 4);
  if (Value* old = find(name)) {
    *old = std::move(value);
    return;
  }
  const size_t more = sizeof(entries[0]) + name.size();
  budget.hold(more);
  bytes += more;
  entries.emplace_back(name, std::move(value));
}

// ---- values

Value Value::boolean(bool is, Origin origin) {
  Value out(Kind::boolean, origin);
  out.integer_ = is ? 1 : 0;
  return out;
}

Value Value::integer(Int is, Origin origin) {
  Value out(Kind::integer, origin);
  out.integer_ = is;
  return out;
}

Value Value::real(double is, Origin origin) {
  Value out(Kind::real, origin);
  out.real_ = is;
  return out;
}

Value Value::undefined(const Ref<TextObject>& why) { return Value(Kind::undefined, why.get()); }
Value::Value(const Ref<TextObject>& object) : Value(Kind::text, object.get()) {}
Value::Value(const Ref<ListObject>& object) : Value(Kind::list, object.get()) {}
Value::Value(const Ref<DictObject>& object) : Value(Kind::dict, object.get()) {}
Value::Value(const Ref<SpaceObject>& object) : Value(Kind::space, object.get()) {}
Value::Value(const Ref<CallableObject>& object) : Value(Kind::callable, object.get()) {}
Value::Value(const Ref<LoopObject>& object) : Value(Kind::loop, object.get()) {}

Value::Value(Kind kind, Object* object) : kind_(kind), object_(object) {
  if (object) ++object->references;
}

bool Value::has_object() const {
  return kind_ >= Kind::text || (is(Kind::undefined) && object_ != nullptr);
}

Value::Value(const Value& other) : kind_(other.kind_), origin_(other.origin_), integer_(other.integer_) {
  if (has_object()) ++object_->references;
}

Value::Value(Value&& other) noexcept
    : kind_(other.kind_), origin_(other.origin_), integer_(other.integer_) {
  other.kind_ = Kind::none;
}

Value::~Value() {
  if (has_object() && --object_->references == 0) object_->heap.free(object_);
}

Value& Value::operator=(Value other) noexcept {
  std::swap(kind_, other.kind_);
  std::swap(origin_, other.origin_);
  std::swap(integer_, other.integer_);
  return *this;
}

const AttributedText& Value::text() const { return static_cast<TextObject*>(object_)->text; }
const TextObject& Value::text_object() const { return *static_cast<TextObject*>(object_); }
ListObject& Value::list() const { return *static_cast<ListObject*>(object_); }
DictObject& Value::dict() const { return *static_cast<DictObject*>(object_); }
SpaceObject& Value::space() const { return *static_cast<SpaceObject*>(object_); }
CallableObject& Value::callable() const { return *static_cast<CallableObject*>(object_); }
LoopObject& Value::loop() const { return *static_cast<LoopObject*>(object_); }

const TextObject* Value::why() const {
  return is(Kind::undefined) ? static_cast<TextObject*>(object_) : nullptr;
}

bool Value::is_true() const {
  switch (kind_) {
    case Kind::undefined:
    case Kind::none:
      return false;
    case Kind::boolean:
    case Kind::integer:
      return integer_ != 0;
    case Kind::real:
      return real_ != 0;
    case Kind::text:
      return !text().bytes.empty();
    case Kind::list:
      return list().kind == ListKind::generator || !list().items.empty();
    case Kind::dict:
      return !dict().entries.empty();
    default:
      return true;
  }
}

Origin Value::origin() const {
  switch (kind_) {
    case Kind::text:
      return text().origin();
    case Kind::list:
      return list().origin;
    case Kind::dict:
      return dict().origin;
    default:
      return origin_;
  }
}

uint32_t Value::depth() const {
  return is(Kind::list) ? list().depth : is(Kind::dict) ? dict().depth : 0;
}

const char* type_name(const Value& value) {
  static constexpr const char* kNames[] = {"Undefined", "NoneType", "bool",       "int",
                                           "float",     "str",      "list",       "dict",
                                           "Namespace", "function", "LoopContext"};
  static constexpr const char* kLists[] = {"list", "tuple", "range", "dict view", "generator"};
  return value.is(Kind::list) ? kLists[size_t(value.list().kind)] : kNames[size_t(value.kind())];
}

std::string why_undefined(const Value& value) {
  return value.why() ? value.why()->text.bytes : "a value is undefined";
}

// ---- order

namespace {

// NaN is unlike everything. Whole numbers are compared as such, however large.
int compare_numbers(const Value& a, const Value& b) {
  if (a.is_whole() && b.is_whole())
    return a.as_integer() < b.as_integer() ? -1 : a.as_integer() > b.as_integer();
  const double x = a.as_real(), y = b.as_real();
  return x < y ? -1 : x > y;
}

bool equal_numbers(const Value& a, const Value& b) {
  return a.is_whole() && b.is_whole() ? a.as_integer() == b.as_integer() : a.as_real() == b.as_real();
}

bool equal_lists(Budget& budget, const ListObject& a, const ListObject& b) {
  if (a.kind != b.kind || a.kind > ListKind::range) return &a == &b;
  if (a.items.size() != b.items.size()) return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!equal(budget, a.items[i], b.items[i])) return false;
  }
  return true;
}

bool equal_dicts(Budget& budget, const DictObject& a, const DictObject& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    const Value* other = b.find(key);
    if (!other || !equal(budget, value, *other)) return false;
  }
  return true;
}

bool same_object(const Value& a, const Value& b) {
  if (a.is(Kind::space)) return &a.space() == &b.space();
  if (a.is(Kind::callable)) return &a.callable() == &b.callable();
  return &a.loop() == &b.loop();
}

}  // namespace

bool equal(Budget& budget, const Value& a, const Value& b) {
  budget.spend(1);
  if (a.is_number() && b.is_number()) return equal_numbers(a, b);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::undefined:
    case Kind::none:
      return true;
    case Kind::text:
      budget.spend(a.text().size() / 64);
      return a.text().bytes == b.text().bytes;
    case Kind::list:
      return equal_lists(budget, a.list(), b.list());
    case Kind::dict:
      return equal_dicts(budget, a.dict(), b.dict());
    default:
      return same_object(a, b);
  }
}

int compare(Budget& budget, const Value& a, const Value& b) {
  budget.spend(1);
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.is(Kind::text) && b.is(Kind::text)) {
    budget.spend(std::min(a.text().size(), b.text().size()) / 64);
    return a.text().bytes.compare(b.text().bytes);  // UTF-8 sorts as its code points do
  }
  if (a.is(Kind::list) && b.is(Kind::list) && a.list().kind == b.list().kind &&
      a.list().kind <= ListKind::tuple) {
    const Values &x = a.list().items, &y = b.list().items;
    for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (!equal(budget, x[i], y[i])) return compare(budget, x[i], y[i]);
    }
    return x.size() < y.size() ? -1 : x.size() > y.size();
  }
  fail_with(std::string("no order between '") + type_name(a) + "' and '" + type_name(b) + "'");
}

}  // namespace straddle::templates::jinja
