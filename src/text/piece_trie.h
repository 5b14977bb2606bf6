// Which pieces of a vocabulary begin at a place of a text: a trie of bytes.
//
// Nodes stand in order of depth, the children of one beside each other and sorted, so that a node is
// nine bytes. Pieces of more than kLongest bytes are not looked for (a warning says so; no vocabulary
// known has one of more than 200): time is text times kLongest at worst.
#pragma once
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace straddle::text {

class PieceTrie {
 public:
  static constexpr size_t kLongest = 256;  // bytes

  struct Piece {
    std::string_view text;
    TokenId id;
  };

  // Of pieces with the same text the first counts; empty ones are ignored. The texts may go after.
  PieceTrie(std::vector<Piece> pieces, Warnings& warnings);

  // visit(id, bytes) for every piece that is a prefix of text.substr(at), the shortest first.
  template <class Visit>
  void each(std::string_view text, size_t at, Visit&& visit) const {
    uint32_t node = at < text.size() ? of_first_[static_cast<unsigned char>(text[at])] : kNone;
    for (size_t bytes = 1; node != kNone; ++bytes) {
      if (ids_[node] >= 0) visit(ids_[node], bytes);
      if (at + bytes == text.size()) return;
      node = child(node, static_cast<unsigned char>(text[at + bytes]));
    }
  }

  struct Match {
    TokenId id = -1;
    size_t bytes = 0;  // 0: none
  };

  // The longest that `allowed(id)`.
  template <class Allowed>
  Match longest(std::string_view text, size_t at, Allowed&& allowed) const {
    Match out;
    each(text, at, [&](TokenId id, size_t bytes) {
      if (allowed(id)) out = {id, bytes};
    });
    return out;
  }

 private:
  static constexpr uint32_t kNone = 0;  // the root, which is nobody's child

  // Pieces [low, high) of the sorted list: those that pass through a node.
  struct PieceRange {
    size_t low, high;
  };

  void add_children(const std::vector<Piece>& sorted, PieceRange range, size_t depth,
                    std::vector<PieceRange>& next);

  // Most nodes have one child.
  uint32_t child(uint32_t node, unsigned char byte) const {
    const uint32_t first = children_[node], end = children_[node + 1];
    if (end - first == 1) return labels_[first] == byte ? first : kNone;
    const auto low = labels_.begin() + first, high = labels_.begin() + end;
    const auto at = std::lower_bound(low, high, byte);
    return at != high && *at == byte ? static_cast<uint32_t>(at - labels_.begin()) : kNone;
  }

  std::vector<unsigned char> labels_;     // [nodes] the byte that leads to the node
  std::vector<TokenId> ids_;              // [nodes] of the piece that ends there, or -1
  std::vector<uint32_t> children_;        // [nodes + 1] where its children begin; they end at the next's
  std::array<uint32_t, 256> of_first_{};  // the root's children
};

}  // namespace straddle::text
