#include "text/piece_trie.h"

#include <string>

namespace straddle::text {
namespace {

size_t drop_unfit(std::vector<PieceTrie::Piece>& pieces) {
  const size_t before = pieces.size();
  const auto too_long = [](const PieceTrie::Piece& p) { return p.text.size() > PieceTrie::kLongest; };
  pieces.erase(std::remove_if(pieces.begin(), pieces.end(), too_long), pieces.end());
  const size_t dropped = before - pieces.size();
  const auto empty = [](const PieceTrie::Piece& p) { return p.text.empty(); };
  pieces.erase(std::remove_if(pieces.begin(), pieces.end(), empty), pieces.end());
  return dropped;
}

}  // namespace

PieceTrie::PieceTrie(std::vector<Piece> pieces, Warnings& warnings) {
  if (const size_t dropped = drop_unfit(pieces); dropped > 0) {
    warn(warnings, std::to_string(dropped) + " tokens are longer than " + std::to_string(kLongest) +
                       " bytes: not looked for in texts");
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.text < b.text; });
  labels_ = {0}, ids_ = {-1};
  std::vector<PieceRange> level = {{0, pieces.size()}}, next;
  for (size_t depth = 0; !level.empty(); ++depth, level.swap(next), next.clear()) {
    for (const PieceRange& range : level) add_children(pieces, range, depth, next);
  }
  children_.push_back(static_cast<uint32_t>(labels_.size()));
  for (uint32_t node = children_[0]; node < children_[1]; ++node) of_first_[labels_[node]] = node;
}

// One child for each byte that comes behind `depth` bytes.
void PieceTrie::add_children(const std::vector<Piece>& sorted, PieceRange range, size_t depth,
                             std::vector<PieceRange>& next) {
  children_.push_back(static_cast<uint32_t>(labels_.size()));
  size_t low = range.low;
  while (low < range.high && sorted[low].text.size() == depth) ++low;  // they end at this node
  while (low < range.high) {
    const char label = sorted[low].text[depth];
    size_t high = low;
    while (high < range.high && sorted[high].text[depth] == label) ++high;
    labels_.push_back(static_cast<unsigned char>(label));
    ids_.push_back(sorted[low].text.size() == depth + 1 ? sorted[low].id : -1);
    next.push_back({low, high});
    low = high;
  }
}

}  // namespace straddle::text
