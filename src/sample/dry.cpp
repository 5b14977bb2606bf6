#include <algorithm>
#include <cmath>
#include <utility>

#include "sample/steps.h"

namespace straddle::sample {
namespace {

// Token number i from the window's end.
int32_t back(History window, size_t i) { return window[window.size() - 1 - i]; }

// matches[i]: how many tokens before the last i agree with the window's last ones (the Z array).
void measure_matches(History window, std::vector<uint32_t>& matches) {
  const size_t n = window.size();
  matches.assign(n, 0);
  size_t left = 0, right = 0;  // back(left .. right) is known to agree with back(0 ..)
  for (size_t i = 1; i < n; ++i) {
    size_t match = i < right ? std::min<size_t>(right - i, matches[i - left]) : 0;
    while (i + match < n && back(window, match) == back(window, i + match)) ++match;
    matches[i] = uint32_t(match);
    if (i + match > right) {
      left = i;
      right = i + match;
    }
  }
}

}  // namespace

Breakers::Breakers(const TokenBytes* tokens, std::vector<std::string> texts)
    : tokens_(tokens), texts_(std::move(texts)) {
  std::erase(texts_, "");
}

// Does a breaker end with this byte of this token (counted from the end of the window)? It may begin in
// the tokens before.
bool Breakers::end_at(History window, size_t token, size_t byte) const {
  return std::any_of(texts_.begin(), texts_.end(), [&](std::string_view text) {
    size_t at = token, used = byte + 1;  // the bytes of `at` up to `used` are yet to be compared
    while (true) {
      const std::string_view have = tokens_->of(back(window, at)).substr(0, used);
      const size_t common = std::min(have.size(), text.size());
      if (have.substr(have.size() - common) != text.substr(text.size() - common)) return false;
      text.remove_suffix(common);
      if (text.empty()) return true;
      if (++at == window.size()) return false;
      used = std::string_view::npos;
    }
  });
}

size_t Breakers::tokens_since(History window) const {
  if (!tokens_ || texts_.empty()) return window.size();
  for (size_t token = 0; token < window.size(); ++token) {
    const size_t bytes = tokens_->of(back(window, token)).size();
    for (size_t byte = 0; byte < bytes; ++byte) {
      if (end_at(window, token, byte)) return token;
    }
  }
  return window.size();
}

bool Breakers::within(int32_t id) const {
  return tokens_ && std::any_of(texts_.begin(), texts_.end(), [&](const std::string& text) {
           return tokens_->of(id).find(text) != std::string_view::npos;
         });
}

void penalise_repetition(Logits logits, History window, const Dry& dry, const Breakers& breakers,
                         std::vector<uint32_t>& matches, std::span<uint32_t> longest) {
  const size_t limit = breakers.tokens_since(window);
  if (limit < dry.allowed_length) return;
  measure_matches(window, matches);
  for (size_t i = 1; i < window.size(); ++i) {
    const size_t match = std::min<size_t>(matches[i], limit);
    const int32_t next = back(window, i - 1);
    if (match < dry.allowed_length || size_t(next) >= longest.size()) continue;
    longest[size_t(next)] = std::max(longest[size_t(next)], uint32_t(match));
  }
  for (const int32_t id : window) {
    if (size_t(id) >= longest.size() || longest[size_t(id)] == 0) continue;
    const size_t match = std::exchange(longest[size_t(id)], 0);
    if (breakers.within(id)) continue;
    logits[size_t(id)] -= float(dry.multiplier * std::pow(dry.base, double(match - dry.allowed_length)));
  }
}

}  // namespace straddle::sample
