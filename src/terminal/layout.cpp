#include "terminal/layout.h"

#include <algorithm>

#include "terminal/cluster.h"

namespace straddle::terminal {
namespace {

constexpr int kTab = 8;        // columns that a tab is shown with
constexpr int kLeastText = 8;  // columns beside a prompt
// Bytes of a cluster. A family of four with skin tones has 41; a letter with a million marks would keep
// the terminal busy at every key.
constexpr size_t kMostShown = 128;

int columns_of(std::string_view cluster) { return cluster == "\t" ? kTab : most_columns(cluster); }

size_t most_shown(std::string_view cluster) {
  size_t bytes = std::min(cluster.size(), kMostShown);
  while (bytes < cluster.size() && (cluster[bytes] & 0xC0) == 0x80) --bytes;  // inside a character
  return bytes;
}

std::string fitting(std::string prefix, int columns) {
  return int(display_width(prefix)) + kLeastText > columns ? std::string() : prefix;
}

}  // namespace

std::vector<Row> lay_out(std::string_view text, const PromptSign& sign, int columns) {
  const int first = columns - 1 - int(display_width(fitting(sign.first, columns)));
  const int further = columns - 1 - int(display_width(fitting(sign.next, columns)));
  std::vector<Row> rows = {{0, 0, false}};
  int left = first;
  for (size_t at = 0; at < text.size();) {
    const size_t end = next_border(text, at);
    const bool newline = text[at] == '\n';
    const int width = newline ? 0 : columns_of(text.substr(at, end - at));
    const bool full = !newline && width > left && rows.back().begin < at;
    if (newline || full) {
      rows.push_back({newline ? end : at, end, full});
      left = further;
    }
    rows.back().end = end;
    left -= width;
    at = end;
  }
  return rows;
}

size_t row_of(const std::vector<Row>& rows, size_t cursor) {
  const auto after = std::upper_bound(rows.begin(), rows.end(), cursor,
                                      [](size_t at, const Row& row) { return at < row.begin; });
  return size_t(after - rows.begin()) - 1;
}

std::string row_prefix(const std::vector<Row>& rows, size_t index, const PromptSign& sign, int columns) {
  if (index == 0) return fitting(sign.first, columns);
  const std::string next = fitting(sign.next, columns);
  return rows[index].wrapped ? std::string(display_width(next), ' ') : next;
}

int text_columns(std::string_view text) {
  int columns = 0;
  for (size_t at = 0, end; at < text.size(); at = end) {
    end = next_border(text, at);
    columns += columns_of(text.substr(at, end - at));
  }
  return columns;
}

size_t border_at(std::string_view text, const Row& row, int columns) {
  size_t at = row.begin;
  while (at < row.end) {
    const size_t end = next_border(text, at);
    columns -= columns_of(text.substr(at, end - at));
    if (columns < 0) break;
    at = end;
  }
  return at;
}

std::string shown(std::string_view text) {
  std::string out;
  for (size_t at = 0, end; at < text.size(); at = end) {
    end = next_border(text, at);
    const std::string_view cluster = text.substr(at, end - at);
    if (cluster == "\t")
      out.append(kTab, ' ');
    else
      out += cluster.substr(0, most_shown(cluster));
  }
  return out;
}

}  // namespace straddle::terminal
