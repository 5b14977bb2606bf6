#include "text/composed.h"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

#include "base/utf8.h"
#include "text/character.h"

namespace straddle::text {
namespace {

// Characters that no composing changes, and that only what comes behind them can: below U+0300, Han,
// emoji and other pictures.
constexpr CodeRange kQuiet[] = {{0, 0x2FF}, {0x3400, 0x9FFF}, {0x1F000, 0x1FAFF}};

bool is_quiet(const Utf8Char& c) { return c.code == kNoCharacter || in_ranges(kQuiet, c.code); }

bool is_mark(utf8proc_int32_t code) { return utf8proc_get_property(code)->combining_class != 0; }

// One stretch of characters, without invalid bytes.
class Stretch {
 public:
  void add(uint32_t code) {
    constexpr size_t kMost = 4;  // characters in a canonical decomposition
    const size_t before = codes_.size();
    codes_.resize(before + kMost);
    const auto count = utf8proc_decompose_char(
        static_cast<utf8proc_int32_t>(code), codes_.data() + before, kMost, UTF8PROC_DECOMPOSE, nullptr);
    if (count < 0 || static_cast<size_t>(count) > kMost) {  // none known
      codes_[before] = static_cast<utf8proc_int32_t>(code);
      codes_.resize(before + 1);
    } else {
      codes_.resize(before + static_cast<size_t>(count));
    }
  }

  // Appends the composed text, and begins again.
  void take(std::string& out) {
    order_marks();
    constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    const auto count =
        utf8proc_normalize_utf32(codes_.data(), static_cast<utf8proc_ssize_t>(codes_.size()), kOptions);
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      append_utf8(out, static_cast<uint32_t>(codes_[static_cast<size_t>(i)]));
    }
    codes_.clear();
  }

 private:
  // Marks that follow each other, by their class. (utf8proc's own sorting is quadratic in their number.)
  void order_marks() {
    for (auto at = codes_.begin(); at != codes_.end();) {
      at = std::find_if(at, codes_.end(), is_mark);
      const auto end = std::find_if_not(at, codes_.end(), is_mark);
      std::stable_sort(at, end, [](utf8proc_int32_t a, utf8proc_int32_t b) {
        return utf8proc_get_property(a)->combining_class < utf8proc_get_property(b)->combining_class;
      });
      at = end;
    }
  }

  std::vector<utf8proc_int32_t> codes_;
};

size_t find_loud(std::string_view text, size_t at) {
  while (at < text.size()) {
    const Utf8Char c = decode_utf8(text, at);
    if (!is_quiet(c)) break;
    at += c.bytes;
  }
  return at;
}

// Where the character before `at` begins, which a mark at `at` may join; `at` where there is none.
size_t base_before(std::string_view text, size_t from, size_t at) {
  for (size_t bytes = 1; bytes <= 4 && from + bytes <= at; ++bytes) {
    const Utf8Char c = decode_utf8(text, at - bytes);
    if (c.code != kNoCharacter && c.bytes == bytes) return at - bytes;
  }
  return at;
}

}  // namespace

std::string_view composed(std::string_view text, std::string& room) {
  size_t loud = find_loud(text, 0);
  if (loud == text.size()) return text;
  room.clear();
  room.reserve(text.size());
  Stretch stretch;
  for (size_t done = 0; done < text.size(); loud = find_loud(text, done)) {
    size_t at = loud < text.size() ? base_before(text, done, loud) : loud;
    room += text.substr(done, at - done);
    for (; at < text.size();) {
      const Utf8Char c = decode_utf8(text, at);
      if (at >= loud && is_quiet(c)) break;
      stretch.add(c.code);
      at += c.bytes;
    }
    stretch.take(room);
    done = at;
  }
  return room;
}

}  // namespace straddle::text
