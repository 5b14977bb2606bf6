// Ids by text: open addressing over views whose bytes live elsewhere and stay where they are, hashed by
// a key, so that no choice of texts makes it slow.
//
// (The standard's map chases a node for each look-up; a vocabulary makes a million at load.)
#pragma once
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/keyed_hash.h"
#include "text/text.h"

namespace straddle::text {

class TextIndex {
 public:
  static constexpr TokenId kNone = -1;

  explicit TextIndex(size_t expected = 0) : TextIndex(expected, HashKey::random()) {}
  TextIndex(size_t expected, HashKey key) : slots_(std::bit_ceil(expected * 2 + 16)), key_(key) {
    entries_.reserve(expected);
  }

  TokenId find(std::string_view text) const {
    const Slot& slot = slots_[place(text, hash(text))];
    return slot.entry == kFree ? kNone : entries_[slot.entry].id;
  }

  // Of ids with the same text the first counts; returns the id that the text has now.
  TokenId add(std::string_view text, TokenId id) {
    const uint32_t h = hash(text);
    Slot& slot = slots_[place(text, h)];
    if (slot.entry != kFree) return entries_[slot.entry].id;
    slot = {h, static_cast<uint32_t>(entries_.size())};
    entries_.push_back({text, id});
    if (entries_.size() * 2 > slots_.size()) grow();
    return id;
  }

  size_t size() const { return entries_.size(); }
  HashKey key() const { return key_; }

  // Slots that a find looks at, at most.
  size_t longest_search() const {
    return longest_row(slots_.size(), [this](size_t i) { return slots_[i].entry == kFree; });
  }

 private:
  static constexpr uint32_t kFree = ~0u;
  struct Slot {
    uint32_t hash = 0, entry = kFree;
  };
  struct Entry {
    std::string_view text;
    TokenId id;
  };

  uint32_t hash(std::string_view text) const { return static_cast<uint32_t>(keyed_hash(key_, text)); }

  // Where the text stands, or the free slot where it would.
  size_t place(std::string_view text, uint32_t h) const {
    size_t at = h & (slots_.size() - 1);
    while (slots_[at].entry != kFree &&
           (slots_[at].hash != h || entries_[slots_[at].entry].text != text)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.entry == kFree) continue;
      size_t at = slot.hash & (slots_.size() - 1);
      while (slots_[at].entry != kFree) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
  HashKey key_;
};

}  // namespace straddle::text
