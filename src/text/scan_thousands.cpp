// Digits in threes, counted from the right.
//
// Whoever stands on a digit with another before it stands between two groups, since every piece that
// ends inside of a run was cut there: only the start of a run has to be counted, and time is linear.
#include "text/scanner.h"

namespace straddle::text {
namespace {

// What \b in a pattern of Rust or Oniguruma takes for a part of a word.
constexpr Class kWord = kLetter | kMark | kDecimal | 1u << 10 /* \p{Nl} */ | kConnector;

struct Run {
  size_t end, count;  // count: characters
};

Run run_at(std::string_view text, size_t at, const ScanRules& rules) {
  Run out{at, 0};
  for (Character c = character_at(text, at); c.bytes > 0 && rules.in(c);
       c = character_at(text, out.end)) {
    out.end += c.bytes;
    ++out.count;
  }
  return out;
}

bool is_inside_run(std::string_view text, size_t at, const ScanRules& rules) {
  if (at == 0) return false;
  size_t before = at - 1;
  while (before > 0 && at - before < 4 && (text[before] & 0xC0) == 0x80) --before;
  const Character c = character_at(text, before), next = character_at(text, at);
  return before + c.bytes == at && rules.in(c) && next.bytes > 0 && rules.in(next);
}

size_t skip(std::string_view text, size_t at, size_t characters) {
  for (; characters > 0; --characters) at += character_at(text, at).bytes;
  return at;
}

bool counts(std::string_view text, const Run& run, const ScanRules& rules) {
  return run.count > 0 && !(rules.ends_word && character_at(text, run.end).is(kWord));
}

}  // namespace

size_t scan_thousands(std::string_view text, size_t at, const ScanRules& rules) {
  if (is_inside_run(text, at, rules)) return skip(text, at, 3);
  Run run = run_at(text, at, rules);
  if (counts(text, run, rules)) return skip(text, at, (run.count - 1) % 3 + 1);
  while (at < text.size() && !counts(text, run, rules)) {
    at = run.count > 0 ? run.end : at + character_at(text, at).bytes;
    run = run_at(text, at, rules);
  }
  return at;
}

size_t scan_before_thousands(std::string_view text, size_t at, const ScanRules& rules) {
  size_t end = is_inside_run(text, at, rules) ? skip(text, at, 3) : at;
  while (end < text.size()) {
    if (is_inside_run(text, end, rules)) return end;
    const Run run = run_at(text, end, rules);
    if (run.count >= 3 && run.count % 3 == 0 && end > at) return end;
    const size_t head = run.count % 3 == 0 ? 3 : run.count % 3;
    end = run.count > 0 ? skip(text, end, head) : end + character_at(text, end).bytes;
  }
  return end;
}

}  // namespace straddle::text
