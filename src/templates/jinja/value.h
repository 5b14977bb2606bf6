// What a template computes with: Python's values, as far as templates can see them. Lists, tuples and
// dicts never change once made (the sandbox of models' hubs forbids it), so none can hold itself; only
// namespaces can close a circle, and the Heap takes those down at its end.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "templates/text_builder.h"

namespace straddle::templates::jinja {

// Python's integers have no end; these have 128 bits, and an overflow is an error.
__extension__ typedef __int128 Int;

class Heap;

// Whatever is counted: texts, lists, dicts, scopes ... One thread at a time.
struct Object {
  Object(Heap& heap, size_t bytes);
  virtual ~Object() { budget.release(bytes); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual void let_go() {}  // of all that it refers to

  Heap& heap;
  Budget& budget;
  size_t bytes;  // held of the budget
  uint32_t references = 0;
  Object *before = nullptr, *behind = nullptr;  // in one of the Heap's lists
};

template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) { add(); }
  Ref(const Ref& other) : object_(other.object_) { add(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  ~Ref() { drop(); }
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  void add() {
    if (object_) ++object_->references;
  }
  void drop();
  T* object_ = nullptr;
};

// Owns all objects of one rendering. What nobody refers to any more is freed one by one, not by
// recursion: a chain of a million namespaces costs no stack.
class Heap {
 public:
  explicit Heap(Budget& budget) : budget_(budget) {}
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  template <class T, class... Words>
  Ref<T> make(Words&&... words) {
    T* object = new T(*this, std::forward<Words>(words)...);
    link(object);
    return Ref<T>(object);
  }
  void free(Object* object);  // nobody refers to it
  Budget& budget() const { return budget_; }

 private:
  void link(Object* object);
  void unlink(Object* object);

  Budget& budget_;
  Object *alive_ = nullptr, *dead_ = nullptr;
  bool freeing_ = false;
};

template <class T>
void Ref<T>::drop() {
  if (object_ && --object_->references == 0) object_->heap.free(object_);
}

struct TextObject;
struct ListObject;
struct DictObject;
struct SpaceObject;
struct CallableObject;
struct LoopObject;

enum class Kind : uint8_t {
  undefined,
  none,
  boolean,
  integer,
  real,
  text,
  list,
  dict,
  space,
  callable,
  loop
};

class Value {
 public:
  Value() = default;  // undefined
  static Value none(Origin origin = Origin::own) { return Value(Kind::none, origin); }
  static Value boolean(bool is, Origin origin = Origin::own);
  static Value integer(Int is, Origin origin = Origin::own);
  static Value real(double is, Origin origin = Origin::own);
  static Value undefined(const Ref<TextObject>& why);  // why: what to say to who uses it
  Value(const Ref<TextObject>& object);
  Value(const Ref<ListObject>& object);
  Value(const Ref<DictObject>& object);
  Value(const Ref<SpaceObject>& object);
  Value(const Ref<CallableObject>& object);
  Value(const Ref<LoopObject>& object);

  Value(const Value& other);
  Value(Value&& other) noexcept;
  ~Value();
  Value& operator=(Value other) noexcept;

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_number() const { return kind_ >= Kind::boolean && kind_ <= Kind::real; }
  bool is_whole() const { return is(Kind::boolean) || is(Kind::integer); }
  bool is_true() const;

  // Of the right kind only.
  bool as_boolean() const { return integer_ != 0; }
  Int as_integer() const { return integer_; }                                   // boolean too
  double as_real() const { return is(Kind::real) ? real_ : double(integer_); }  // any number
  const AttributedText& text() const;
  const TextObject& text_object() const;
  ListObject& list() const;
  DictObject& dict() const;
  SpaceObject& space() const;
  CallableObject& callable() const;
  LoopObject& loop() const;
  const TextObject* why() const;  // of an undefined one; may be null

  // Of what it prints as, brackets and all.
  Origin origin() const;
  uint32_t depth() const;  // of lists within lists: 0 for what holds nothing

 private:
  Value(Kind kind, Origin origin) : kind_(kind), origin_(origin), integer_(0) {}
  Value(Kind kind, Object* object);
  bool has_object() const;

  Kind kind_ = Kind::undefined;
  Origin origin_ = Origin::own;
  union {
    Int integer_ = 0;
    double real_;
    Object* object_;
  };
};

using Values = std::vector<Value>;

struct TextObject : Object {
  TextObject(Heap& heap, AttributedText text, bool is_markup = false);
  AttributedText text;
  bool is_markup;             // escaped for HTML already
  size_t characters() const;  // counted once

 private:
  mutable size_t characters_ = SIZE_MAX;
};

// What a ListObject is to Python. Generators can be walked once, and neither counted nor indexed.
enum class ListKind : uint8_t { list, tuple, range, view, generator };

struct ListObject : Object {
  ListObject(Heap& heap, Values items, ListKind kind = ListKind::list, Origin origin = Origin::own);
  void let_go() override { items.clear(); }
  Values items;
  ListKind kind;
  Origin origin;
  uint32_t depth = 0;
  std::string_view view_name;  // "dict_items"; for kind view
};

struct DictObject : Object {
  using Entries = std::vector<std::pair<Value, Value>>;
  DictObject(Heap& heap, Entries entries, Origin origin = Origin::own);
  void let_go() override { entries.clear(); }
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  Entries entries;
  Origin origin;
  uint32_t depth = 0;
};

// namespace(...), and what cycler() and joiner() remember.
struct SpaceObject : Object {
  explicit SpaceObject(Heap& owner) : Object(owner, sizeof(SpaceObject)) {}
  void let_go() override { entries.clear(); }
  Value* find(std::string_view name);
  void set(std::string_view name, Value value);
  std::vector<std::pair<std::string, Value>> entries;
};

void need_hashable(const Value& key);  // fails on what Python takes for no key: lists and dicts

// Sets a key of entries that are being made; the last value of a key wins, at the first one's place.
void put_entry(Budget& budget, DictObject::Entries& entries, Value key, Value value);

const char* type_name(const Value& value);  // as Python's errors say it
std::string why_undefined(const Value& value);
bool equal(Budget& budget, const Value& a, const Value& b);
// Less than zero, zero, greater; fails where Python has no order.
int compare(Budget& budget, const Value& a, const Value& b);

}  // namespace straddle::templates::jinja
