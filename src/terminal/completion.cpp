#include "terminal/completion.h"

#include <algorithm>

#include "terminal/cluster.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

constexpr int kGap = 2;  // columns between two words of a list

// Those that fit, safe, sorted, each once.
std::vector<std::string> fitting(std::string_view before, const std::vector<std::string>& candidates) {
  std::vector<std::string> out;
  for (const std::string& candidate : candidates) {
    std::string safe = safe_text(candidate);
    if (safe.starts_with(before) && safe.find('\n') == safe.npos) out.push_back(std::move(safe));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Of sorted texts: what the first and the last have in common. It ends where a character ends.
size_t common_bytes(const std::vector<std::string>& sorted) {
  const std::string_view a = sorted.front(), b = sorted.back();
  const auto at = size_t(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  return at == a.size() ? at : previous_border(a, at + 1);
}

std::vector<std::string> last_words(std::string_view before, const std::vector<std::string>& texts) {
  const size_t begin = before.find_last_of(" \t\n") + 1;  // 0 where it has no blank
  std::vector<std::string> out;
  for (const std::string& text : texts) out.push_back(text.substr(begin));
  return out;
}

}  // namespace

Completion complete(std::string_view before, const std::vector<std::string>& candidates) {
  const auto texts = fitting(before, candidates);
  if (texts.empty()) return {};
  const size_t common = std::max(common_bytes(texts), before.size());
  std::string insertion = texts[0].substr(before.size(), common - before.size());
  if (texts.size() == 1) return {insertion.ends_with(' ') ? insertion : insertion + ' ', {}};
  return {std::move(insertion), last_words(before, texts)};
}

std::string listed(const std::vector<std::string>& words, int columns) {
  size_t widest = 0;
  for (const std::string& word : words) widest = std::max(widest, display_width(word));
  const size_t across = std::max<size_t>(1, size_t(columns) / (widest + kGap));
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool last = (i + 1) % across == 0 || i + 1 == words.size();
    out += words[i];
    out += last ? "\r\n" : std::string(widest + kGap - display_width(words[i]), ' ');
  }
  return out;
}

}  // namespace straddle::terminal
