#include "text/special_tokens.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/lower_case.h"

namespace straddle::text {
namespace {

// Longer names would make cutting quadratic; no vocabulary known has one of more than 100 bytes.
constexpr size_t kLongestName = 1024;

// Phi-3's special tokens take the white space behind them, but for these (its tokenizer.json; GGUF
// files do not carry the flag, so the model's name decides).
bool strips_right(std::string_view model_name, std::string_view token) {
  const std::string name = lower_case(model_name);
  if (name.find("phi-3") == name.npos && name.find("phi3") == name.npos) return false;
  return token != "<unk>" && token != "<s>" && token != "<|endoftext|>";
}

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool touches(std::span<const Range> ranges, size_t begin, size_t end) {
  auto range = std::partition_point(ranges.begin(), ranges.end(),
                                    [begin](const Range& r) { return r.end <= begin; });
  for (; range != ranges.end() && range->begin < end; ++range) {
    if (range->begin < range->end) return true;
  }
  return false;
}

// A token of white space alone marks nothing, and templates are full of them.
bool is_mark(std::string_view token) { return token.find_first_not_of(" \t\r\n") != token.npos; }

}  // namespace

SpecialTokens::SpecialTokens(const Vocabulary& vocabulary, std::string_view model_name,
                             Warnings& warnings) {
  size_t too_long = 0;
  for (TokenId id = 0; vocabulary.has(id); ++id) {
    const TokenType type = vocabulary.type(id);
    const bool user_defined = type == TokenType::user_defined;
    const bool special = type == TokenType::control || type == TokenType::unknown;
    const bool control = special || holds(vocabulary.named, id);
    const std::string_view text = vocabulary.text(id);
    if (text.empty() || (!control && !user_defined)) continue;
    if (text.size() > kLongestName) {
      ++too_long;
      continue;
    }
    const bool ordinary = !special && !user_defined;
    sorted_.push_back({std::string(text), id, control, ordinary, strips_right(model_name, text)});
  }
  if (too_long > 0) {
    warn(warnings, std::to_string(too_long) + " special tokens are longer than " +
                       std::to_string(kLongestName) + " bytes: not looked for in texts");
  }
  sort_and_thin();
  first_.assign(257, 0);
  for (const SpecialToken& entry : sorted_) ++first_[static_cast<unsigned char>(entry.text[0]) + 1];
  for (size_t byte = 0; byte < 256; ++byte) first_[byte + 1] += first_[byte];
}

// By text, the ordinary last, then by id; of entries with the same text the first of each kind, or many
// could stand at every place.
void SpecialTokens::sort_and_thin() {
  const auto kind = [](const SpecialToken& e) { return std::tie(e.text, e.control, e.ordinary); };
  std::stable_sort(sorted_.begin(), sorted_.end(),
                   [&](const SpecialToken& a, const SpecialToken& b) { return kind(a) < kind(b); });
  const auto end =
      std::unique(sorted_.begin(), sorted_.end(),
                  [&](const SpecialToken& a, const SpecialToken& b) { return kind(a) == kind(b); });
  sorted_.erase(end, sorted_.end());
  std::sort(sorted_.begin(), sorted_.end(), [](const SpecialToken& a, const SpecialToken& b) {
    return std::tie(a.text, a.ordinary, a.id) < std::tie(b.text, b.ordinary, b.id);
  });
}

bool SpecialTokens::may_cut(const SpecialToken& entry, size_t at, const Trust& trust) {
  if (!trust.guarded) return trust.parse_special || !entry.control;
  const bool may_be_said = !entry.ordinary && !holds(*trust.guarded, entry.id);
  return may_be_said || !touches(trust.quoted, at, at + entry.text.size());
}

// visit(entry) for every entry that stands at `at`, the shortest first: narrows the sorted entries to
// those that agree with the text, one more byte at a time.
template <class Visit>
void SpecialTokens::each_at(std::string_view text, size_t at, Visit&& visit) const {
  const auto first = static_cast<unsigned char>(text[at]);
  const SpecialToken* low = sorted_.data() + first_[first];
  const SpecialToken* high = sorted_.data() + first_[first + 1];
  for (size_t depth = 1; low < high; ++depth) {
    for (; low < high && low->text.size() == depth; ++low) visit(*low);
    if (at + depth >= text.size()) break;
    const auto next = static_cast<unsigned char>(text[at + depth]);
    const auto byte = [depth](const SpecialToken& e) {
      return static_cast<unsigned char>(e.text[depth]);
    };
    low = std::partition_point(low, high, [&](const SpecialToken& e) { return byte(e) < next; });
    high = std::partition_point(low, high, [&](const SpecialToken& e) { return byte(e) == next; });
  }
}

// Of entries with the same text the first that may be cut.
const SpecialTokens::SpecialToken* SpecialTokens::longest_at(std::string_view text, size_t at,
                                                             const Trust& trust) const {
  const SpecialToken* best = nullptr;
  each_at(text, at, [&](const SpecialToken& entry) {
    if (best && best->text.size() == entry.text.size()) return;
    if (may_cut(entry, at, trust)) best = &entry;
  });
  return best;
}

void SpecialTokens::add_written(std::string_view text, TokenSet& out) const {
  if (sorted_.empty()) return;
  for (size_t at = 0; at < text.size(); ++at) {
    each_at(text, at, [&](const SpecialToken& entry) {
      if (!entry.ordinary && is_mark(entry.text)) out[static_cast<size_t>(entry.id)] = true;
    });
  }
}

std::vector<Fragment> SpecialTokens::cut(std::string_view text, const Trust& trust) const {
  std::vector<Fragment> out;
  size_t plain = 0;  // where the text that is not yet handed out begins
  const auto flush = [&](size_t end) {
    if (end > plain) out.push_back({text.substr(plain, end - plain), kPlainText});
  };
  for (size_t at = 0; at < text.size();) {
    const SpecialToken* entry = sorted_.empty() ? nullptr : longest_at(text, at, trust);
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
