// A matrix where the file is mapped: rows of one or several tensors, or the same columns of each.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "ops/device.h"

namespace straddle::device {

class Pieces {
 public:
  Pieces() = default;
  // REQUIRES: ops::check(source).
  explicit Pieces(const ops::WeightSource& source)
      : row_bytes_(*quant::row_bytes(source.format, source.columns)),
        stride_(source.row_stride > 0 ? source.row_stride : row_bytes_) {
    for (const ops::Piece& piece : source.pieces) {
      pieces_.push_back({rows_, piece.bytes});
      rows_ += piece.rows;
    }
  }

  const uint8_t* row(uint64_t r) const {
    const Piece& piece = pieces_.size() == 1 ? pieces_[0] : piece_of(r);
    return piece.bytes.data() + (r - piece.first_row) * stride_;
  }
  // One row begins where the one before ends.
  bool in_one() const { return rows_ == 1 || (pieces_.size() == 1 && stride_ == row_bytes_); }
  uint64_t bytes() const { return rows_ * row_bytes_; }
  // These are some of its rows.
  bool is_part_of(const Pieces& all) const {
    if (!all.in_one() || bytes() >= all.bytes()) return false;
    const std::span<const uint8_t> whole = all.pieces_[0].bytes;
    return all_of([&](std::span<const uint8_t> piece) {
      return piece.data() >= whole.data() && piece.data() + piece.size() <= whole.data() + whole.size();
    });
  }

  // f(bytes) for each piece, from its first row's first to its last row's last.
  template <class F>
  bool all_of(F f) const {
    return std::all_of(pieces_.begin(), pieces_.end(), [&](const Piece& p) { return f(p.bytes); });
  }

 private:
  struct Piece {
    uint64_t first_row;
    std::span<const uint8_t> bytes;
  };
  const Piece& piece_of(uint64_t r) const {
    const auto behind = std::upper_bound(pieces_.begin(), pieces_.end(), r,
                                         [](uint64_t row, const Piece& p) { return row < p.first_row; });
    return *(behind - 1);
  }

  uint64_t row_bytes_ = 0, stride_ = 0, rows_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace straddle::device
