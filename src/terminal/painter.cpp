#include "terminal/painter.h"

#include <algorithm>

#include "terminal/cluster.h"
#include "terminal/layout.h"

namespace straddle::terminal {
namespace {

// A row that a terminal takes for longer than we do is cut, not wrapped: rows stay countable.
constexpr std::string_view kNoWrap = "\x1b[?7l", kWrap = "\x1b[?7h";
constexpr std::string_view kEraseRight = "\x1b[K", kEraseBelow = "\x1b[J";

// Rows that are not there yet are made, the screen scrolls for them.
void move_down(size_t lines, std::string& out) {
  while (lines-- > 0) out += "\r\n";
}

void move_up(size_t lines, std::string& out) {
  if (lines > 0) out += "\x1b[" + std::to_string(lines) + "A";
}

void move(size_t from, size_t to, std::string& out) {
  from < to ? move_down(to - from, out) : move_up(from - to, out);
  out += '\r';
}

Frame::Line line_of(const std::string& prefix, std::string_view text) {
  return {prefix + shown(text), int(display_width(prefix)) + text_columns(text)};
}

// As much of it as fits on the row of the prompt.
void add_placeholder(std::string_view placeholder, int columns, Frame::Line& line) {
  const std::string safe = safe_text(placeholder.substr(0, placeholder.find('\n')));
  const std::string_view text = std::string_view(safe).substr(
      0, border_at(safe, {0, safe.size(), false}, columns - 1 - line.columns));
  if (text.empty()) return;
  line.bytes += "\x1b[38;5;245m" + shown(text) + "\x1b[0m";
  line.columns += text_columns(text);
}

// The first row to show: at most `height` rows with the cursor's among them, moved as little as can be.
size_t scrolled(size_t top, size_t cursor_row, size_t rows, size_t height) {
  top = std::min(top, rows - std::min(rows, height));
  if (cursor_row < top) return cursor_row;
  return std::max(top, cursor_row + 1 - std::min(cursor_row + 1, height));
}

}  // namespace

Frame draw(std::string_view text, size_t cursor, const PromptSign& sign, Window window, bool colour,
           size_t& top) {
  const std::vector<Row> rows = lay_out(text, sign, window.columns);
  const size_t cursor_row = row_of(rows, cursor), height = size_t(window.rows);
  top = scrolled(top, cursor_row, rows.size(), height);
  Frame frame;
  for (size_t i = top; i < std::min(rows.size(), top + height); ++i)
    frame.lines.push_back(line_of(row_prefix(rows, i, sign, window.columns),
                                  text.substr(rows[i].begin, rows[i].end - rows[i].begin)));
  if (text.empty() && colour) add_placeholder(sign.placeholder, window.columns, frame.lines[0]);
  frame.cursor_line = cursor_row - top;
  const size_t begin = rows[cursor_row].begin;
  const Frame::Line left =
      line_of(row_prefix(rows, cursor_row, sign, window.columns), text.substr(begin, cursor - begin));
  frame.before_cursor = left.bytes, frame.cursor_column = left.columns;
  return frame;
}

std::string Painter::paint(Frame frame) {
  std::string out{kNoWrap};
  size_t at = shown_.cursor_line;
  for (size_t i = 0; i < frame.lines.size(); ++i) {
    if (i < shown_.lines.size() && shown_.lines[i] == frame.lines[i]) continue;
    move(at, i, out);
    at = i;
    out += frame.lines[i].bytes;
    out += kEraseRight;
  }
  if (shown_.lines.size() > frame.lines.size()) {
    move(at, frame.lines.size(), out);
    at = frame.lines.size();
    out += kEraseBelow;
  }
  move(at, frame.cursor_line, out);
  out += frame.before_cursor;
  out += kWrap;
  shown_ = std::move(frame);
  return out;
}

std::string Painter::below() {
  std::string out;
  move_down(shown_.lines.size() - shown_.cursor_line, out);
  forget();
  return out;
}

std::string Painter::start_again(int columns, int rows, bool reflows) {
  const auto pieces = [&](int line) { return size_t(reflows && line > 0 ? (line - 1) / columns : 0); };
  size_t above = shown_.cursor_line;
  for (size_t i = 0; i < shown_.cursor_line; ++i) above += pieces(shown_.lines[i].columns);
  if (reflows) above += size_t(shown_.cursor_column / columns);
  std::string out;
  move_up(std::min(above, size_t(rows - 1)), out);
  out += '\r';
  out += kEraseBelow;
  forget();
  return out;
}

}  // namespace straddle::terminal
