// \s{512}(?!\S)|\s{256}(?!\S)| ... |\s{4}(?!\S)|\s{1,2}(?!\S)|\s: the tail of jais-2's pattern, once
// scan_words has cut off the white space that has no newline.
#include "text/scanner.h"

namespace straddle::text {

size_t scan_blanks(std::string_view text, size_t at, const ScanRules&) {
  constexpr size_t kMost = 512;
  if (text.back() == '\n' || text.back() == '\r') return text.size();
  size_t ends[kMost + 1] = {at}, count = 0;  // ends[n]: behind n spaces
  Character c = character_at(text, at);
  for (; count < kMost && c.is(kSpace); c = character_at(text, ends[count])) {
    ends[count + 1] = ends[count] + c.bytes;
    ++count;
  }
  if (count == 0 || (count < kMost && c.bytes > 0)) return text.size();  // a word, not blanks
  size_t power = 1;
  while (power * 2 <= count) power *= 2;
  return ends[power];
}

}  // namespace straddle::text
