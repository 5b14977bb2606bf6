// What a Go template computes with. Templates make texts, numbers and truths only: lists, maps and
// structs come from outside, are never changed, and so none can hold itself.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "templates/text_builder.h"

namespace straddle::templates::go {

// Bytes of the budget, for as long as the object lives.
class Held {
 public:
  Held(Budget& budget, size_t bytes) : budget_(budget), bytes_(bytes) { budget.hold(bytes); }
  ~Held() { budget_.release(bytes_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Budget& budget_;
  size_t bytes_;
};

struct TextObject {
  TextObject(Budget& budget, AttributedText made);
  Held held;
  AttributedText text;
};
struct ListObject;
struct DictObject;

enum class Kind : uint8_t {
  missing,  // Go's invalid value: prints as <no value>
  nil,      // a value of no type: prints as <nil>
  boolean,
  integer,
  real,
  text,
  list,
  dict,  // a map, or a struct: its type has fields
};

class Value {
 public:
  Value() = default;  // missing
  static Value nil(Origin origin = Origin::own) { return Value(Kind::nil, origin); }
  static Value boolean(bool is, Origin origin = Origin::own);
  static Value integer(int64_t is, Origin origin = Origin::own);
  static Value real(double is, Origin origin = Origin::own);
  static Value text(Budget& budget, AttributedText text);
  static Value text(TextBuilder& made) { return text(made.budget(), made.take()); }
  explicit Value(std::shared_ptr<const ListObject> list);
  explicit Value(std::shared_ptr<const DictObject> dict);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_nothing() const { return kind_ <= Kind::nil; }
  bool is_struct() const;
  bool is_true() const;
  Origin origin() const { return origin_; }  // of a text: of what surrounds it, never asked

  // Of the right kind only.
  bool as_boolean() const { return whole_ != 0; }
  int64_t as_integer() const { return whole_; }
  double as_real() const { return real_; }
  const AttributedText& text() const { return static_cast<const TextObject*>(object_.get())->text; }
  const DictObject& dict() const { return *static_cast<const DictObject*>(object_.get()); }
  const GoType* type() const;  // of a list or dict; may be null

  // A list is a part of a ListObject: to cut it costs nothing.
  size_t size() const { return part_.end - part_.begin; }
  const Value& item(size_t i) const;
  size_t items_left() const;  // from its begin to the end of the object: what Go calls the capacity
  Value cut(size_t begin, size_t end) const;

 private:
  struct Part {
    uint32_t begin, end;
  };
  Value(Kind kind, Origin origin) : kind_(kind), origin_(origin) {}
  const ListObject& list() const { return *static_cast<const ListObject*>(object_.get()); }

  Kind kind_ = Kind::missing;
  Origin origin_ = Origin::own;
  union {
    int64_t whole_ = 0;
    double real_;
    Part part_;
  };
  std::shared_ptr<const void> object_;  // TextObject, ListObject or DictObject, by the kind
};

using Values = std::vector<Value>;

struct ListObject {
  Held held;
  Values items;
  Origin origin;
  const GoType* type;
};

struct DictObject {
  using Entry = std::pair<Value, Value>;  // key: a text
  const Value* find(std::string_view key) const;

  Held held;
  std::vector<Entry> entries;  // of a map: by the bytes of their keys, each once
  Origin origin;
  const GoType* type;
};

Value value_of(Budget& budget, const Data& data);

const char* type_name(const Value& value);  // as Go's errors say it, in short

}  // namespace straddle::templates::go
