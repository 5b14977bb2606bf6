#include "text/special_tokens.h"

#include <algorithm>
#include <string>

namespace straddle::text {
namespace {

// Longer names would make cutting quadratic; no vocabulary known has one of more than 100 bytes.
constexpr size_t kLongestName = 1024;

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Phi-3's special tokens take the white space behind them, but for these (its tokenizer.json; GGUF
// files do not carry the flag, so the model's name decides).
bool strips_right(std::string_view model_name, std::string_view token) {
  const std::string name = lower(model_name);
  if (name.find("phi-3") == name.npos && name.find("phi3") == name.npos) return false;
  return token != "<unk>" && token != "<s>" && token != "<|endoftext|>";
}

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool touches(std::span<const Range> ranges, size_t begin, size_t end) {
  auto range = std::partition_point(ranges.begin(), ranges.end(),
                                    [begin](const Range& r) { return r.end <= begin; });
  while (range != ranges.end() && range->begin == range->end) ++range;
  return range != ranges.end() && range->begin < end;
}

}  // namespace

SpecialTokens::SpecialTokens(const Vocabulary& vocabulary, std::string_view model_name,
                             Warnings& warnings) {
  size_t too_long = 0;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    const TokenType type = vocabulary.type(id);
    const bool control = type == TokenType::control || type == TokenType::unknown;
    const std::string_view text = vocabulary.text(id);
    if (text.empty() || (!control && type != TokenType::user_defined)) continue;
    if (text.size() > kLongestName) {
      ++too_long;
      continue;
    }
    sorted_.push_back({std::string(text), id, control, strips_right(model_name, text)});
  }
  if (too_long > 0) {
    warn(warnings, std::to_string(too_long) + " special tokens are longer than " +
                       std::to_string(kLongestName) + " bytes: not looked for in texts");
  }
  std::stable_sort(sorted_.begin(), sorted_.end(),
                   [](const Entry& a, const Entry& b) { return a.text < b.text; });
  first_.assign(257, 0);
  for (const Entry& entry : sorted_) ++first_[static_cast<unsigned char>(entry.text[0]) + 1];
  for (size_t byte = 0; byte < 256; ++byte) first_[byte + 1] += first_[byte];
}

bool SpecialTokens::may_cut(const Entry& entry, size_t at, const Trust& trust) {
  if (!trust.guarded) return trust.parse_special || !entry.control;
  return !(*trust.guarded)[static_cast<size_t>(entry.id)] ||
         !touches(trust.quoted, at, at + entry.text.size());
}

// Narrows the sorted entries to those that agree with the text, one more byte at a time.
const SpecialTokens::Entry* SpecialTokens::longest_at(std::string_view text, size_t at,
                                                      const Trust& trust) const {
  const auto first = static_cast<unsigned char>(text[at]);
  const Entry* low = sorted_.data() + first_[first];
  const Entry* high = sorted_.data() + first_[first + 1];
  const Entry* best = nullptr;
  for (size_t depth = 1; low < high; ++depth) {
    const Entry* whole = low;
    while (low < high && low->text.size() == depth) ++low;
    for (; whole < low; ++whole) {
      if (may_cut(*whole, at, trust)) {
        best = whole;
        break;
      }
    }
    if (at + depth >= text.size()) break;
    const auto next = static_cast<unsigned char>(text[at + depth]);
    const auto byte = [depth](const Entry& e) { return static_cast<unsigned char>(e.text[depth]); };
    low = std::partition_point(low, high, [&](const Entry& e) { return byte(e) < next; });
    high = std::partition_point(low, high, [&](const Entry& e) { return byte(e) == next; });
  }
  return best;
}

std::vector<Fragment> SpecialTokens::cut(std::string_view text, const Trust& trust) const {
  std::vector<Fragment> out;
  size_t plain = 0;  // where the text that is not yet handed out begins
  const auto flush = [&](size_t end) {
    if (end > plain) out.push_back({text.substr(plain, end - plain), kPlainText});
  };
  for (size_t at = 0; at < text.size();) {
    const Entry* entry = sorted_.empty() ? nullptr : longest_at(text, at, trust);
    if (!entry) {
      ++at;
      continue;
    }
    flush(at);
    at += entry->text.size();
    out.push_back({text.substr(at - entry->text.size(), entry->text.size()), entry->id});
    while (entry->strips_right && at < text.size() && is_ascii_space(text[at])) ++at;
    plain = at;
  }
  flush(text.size());
  return out;
}

}  // namespace straddle::text
