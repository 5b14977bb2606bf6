#include "sample/json_rules.h"
#include "sample/sample.h"

namespace straddle::sample {

using namespace json;

bool JsonState::complete() const { return place_ == done; }
bool JsonState::in_string() const { return place_ >= characters && place_ <= pair_C; }
bool JsonState::between_characters() const { return place_ == characters; }

// Bytes are counted per place: the next one starts anew.
bool JsonState::enter(uint8_t place) {
  run_ = 0;
  place_ = place;
  return true;
}

// One byte more at this place, as long as its bound allows: strings alone have none.
bool JsonState::stay() {
  if (place_ == characters) return true;
  if (run_ == most_at(place_)) return false;
  ++run_;
  return true;
}

bool JsonState::open(bool object) {
  if (depth_ == 64) return false;  // a bit per level in objects_
  ++depth_;
  objects_ = objects_ << 1 | uint64_t(object);
  return enter(object ? first_key : first_value);
}

bool JsonState::close(bool object) {
  if (in_object() != object) return false;
  objects_ >>= 1;
  return enter(--depth_ == 0 ? done : after_value);
}

bool JsonState::end_string() { return enter(is_key_ ? colon : after_value); }

bool JsonState::begin_string(bool key) {
  is_key_ = key;
  return enter(characters);
}

// What ends a number stands behind it as behind any value.
bool JsonState::end_number(uint8_t byte) {
  JsonState behind = *this;
  behind.enter(after_value);
  if (!behind.accept(byte)) return false;
  *this = behind;
  return true;
}

bool JsonState::accept(uint8_t byte) {
  switch (const uint8_t next = kTable[place_][byte]) {
    case refuse:
      return false;
    case new_line:  // only in front of other white space: indentation goes on, blank lines do not
      return run_ == 0 && stay();
    case blank:
      return stay();
    case open_object:
    case open_array:
      return open(next == open_object);
    case close_object:
    case close_array:
      return close(next == close_object);
    case comma:
      return enter(in_object() ? next_key : value);
    case begin_key:
    case begin_text:
      return begin_string(next == begin_key);
    case end_text:
      return end_string();
    case end_of_number:
      return end_number(byte);
    default:
      return next == place_ ? stay() : enter(next);
  }
}

}  // namespace straddle::sample
