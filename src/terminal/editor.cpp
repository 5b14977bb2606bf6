#include "terminal/editor.h"

#include <algorithm>

#include "terminal/cluster.h"
#include "terminal/layout.h"

namespace straddle::terminal {
namespace {

using Code = Key::Code;

struct KeyRow {
  Code code;
  Shortcut help;  // empty: not in the list
  Asked (*act)(Editor&, const Key&);
};

template <Asked asked>
Asked ask(Editor&, const Key&) {
  return asked;
}

// In the order of Key::Code, and of the list that /? shortcuts shows.
constexpr KeyRow kKeys[] = {
    {Code::text, {}, [](Editor& e, const Key& key) { return e.insert(key.text); }},
    {Code::enter, {"Enter", "Send the message"}, ask<Asked::send>},
    {Code::newline,
     {"Ctrl + j", "A new line in the message (Alt + Enter)"},
     [](Editor& e, const Key&) { return e.insert("\n"); }},
    {Code::tab, {"Tab", "Complete a command; twice: show the choice"}, ask<Asked::complete>},
    {Code::line_start,
     {"Ctrl + a", "Move to the beginning of the line (Home)"},
     [](Editor& e, const Key&) { return e.move_to(e.line_start()); }},
    {Code::line_end,
     {"Ctrl + e", "Move to the end of the line (End)"},
     [](Editor& e, const Key&) { return e.move_to(e.line_end()); }},
    {Code::left, {}, [](Editor& e, const Key&) { return e.move_to(e.left()); }},
    {Code::right, {}, [](Editor& e, const Key&) { return e.move_to(e.right()); }},
    {Code::word_left,
     {"Alt + b", "Move back (left) one word"},
     [](Editor& e, const Key&) { return e.move_to(e.word_left()); }},
    {Code::word_right,
     {"Alt + f", "Move forward (right) one word"},
     [](Editor& e, const Key&) { return e.move_to(e.word_right()); }},
    {Code::erase_left, {}, [](Editor& e, const Key&) { return e.erase(e.left(), e.cursor()); }},
    {Code::erase_right, {}, [](Editor& e, const Key&) { return e.erase(e.cursor(), e.right()); }},
    {Code::erase_word,
     {"Ctrl + w", "Delete the word before the cursor"},
     [](Editor& e, const Key&) { return e.erase(e.word_left(), e.cursor()); }},
    {Code::erase_to_end,
     {"Ctrl + k", "Delete to the end of the line"},
     [](Editor& e, const Key&) { return e.erase(e.cursor(), e.line_end()); }},
    {Code::erase_to_start,
     {"Ctrl + u", "Delete to the start of the line"},
     [](Editor& e, const Key&) { return e.erase(e.line_start(), e.cursor()); }},
    {Code::up,
     {"Up, Down", "What was typed before"},
     [](Editor& e, const Key&) { return e.move_rows(-1) ? Asked::nothing : e.go_back_in_history(); }},
    {Code::down,
     {},
     [](Editor& e, const Key&) { return e.move_rows(1) ? Asked::nothing : e.go_on_in_history(); }},
    {Code::clear_screen, {"Ctrl + l", "Clear the screen"}, ask<Asked::clear_screen>},
    {Code::external_editor,
     {"Ctrl + g", "Write the message in your editor"},
     ask<Asked::external_editor>},
    {Code::suspend, {"Ctrl + z", "Stop the program; fg goes on with it"}, ask<Asked::suspend>},
    {Code::interrupt, {"Ctrl + c", "Stop the answer, or discard the line"}, ask<Asked::interrupt>},
    {Code::end_or_erase,
     {"Ctrl + d", "Leave"},
     [](Editor& e, const Key&) {
       return e.text().empty() ? Asked::end : e.erase(e.cursor(), e.right());
     }},
    {Code::search,
     {"Ctrl + r", "Search what was typed before"},
     [](Editor& e, const Key&) { return e.search(); }},
    {Code::escape, {}, ask<Asked::nothing>},
    {Code::none, {}, ask<Asked::nothing>},
};

constexpr bool in_order() {
  size_t index = 0;
  for (const KeyRow& row : kKeys)
    if (size_t(row.code) != index++) return false;
  return index == size_t(Code::none) + 1;
}
static_assert(in_order());

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t'; }

}  // namespace

std::vector<Shortcut> shortcuts() {
  std::vector<Shortcut> out;
  for (const KeyRow& row : kKeys)
    if (!row.help.keys.empty()) out.push_back(row.help);
  return out;
}

Editor::Editor(const PromptSign& sign, const std::vector<std::string>& entries)
    : sign_(sign), entries_(entries), entry_(entries.size()) {}

Asked Editor::apply(const Key& key, int columns) {
  columns_ = columns;
  if (key.code != Code::up && key.code != Code::down) goal_ = -1;
  return search_ ? search_by(key) : kKeys[size_t(key.code)].act(*this, key);
}

void Editor::replace(std::string_view text) {
  text_.clear(), cursor_ = 0;
  insert(safe_text(text));
}

// What does not fit is cut off at a border.
Asked Editor::insert(std::string_view text) {
  const size_t room = LineReader::kLongest - std::min(text_.size(), LineReader::kLongest);
  const bool fits = text.size() <= room;
  if (!fits) text = text.substr(0, previous_border(text, room + 1));
  text_.insert(cursor_, text);
  cursor_ = border_from(text_, cursor_ + text.size());
  return fits ? Asked::nothing : Asked::bell;
}

Asked Editor::move_to(size_t cursor) {
  cursor_ = cursor;
  return Asked::nothing;
}

// What is left and right of the hole may join into one cluster.
Asked Editor::erase(size_t from, size_t to) {
  text_.erase(from, to - from);
  cursor_ = border_from(text_, from);
  return Asked::nothing;
}

size_t Editor::left() const { return previous_border(text_, cursor_); }
size_t Editor::right() const { return next_border(text_, cursor_); }

size_t Editor::line_start() const {
  const size_t newline = cursor_ ? text_.rfind('\n', cursor_ - 1) : text_.npos;
  return newline == text_.npos ? 0 : newline + 1;
}

size_t Editor::line_end() const { return std::min(text_.find('\n', cursor_), text_.size()); }

size_t Editor::word_left() const {
  size_t at = cursor_;
  while (at > 0 && is_blank(text_[at - 1])) --at;
  while (at > 0 && !is_blank(text_[at - 1])) --at;
  return at == 0 ? 0 : previous_border(text_, at + 1);
}

size_t Editor::word_right() const {
  size_t at = cursor_;
  while (at < text_.size() && is_blank(text_[at])) ++at;
  while (at < text_.size() && !is_blank(text_[at])) ++at;
  return border_from(text_, at);
}

bool Editor::move_rows(int by) {
  const std::vector<Row> rows = lay_out(text_, sign_, columns_);
  const size_t from = row_of(rows, cursor_), to = from + size_t(by);
  if (to >= rows.size()) return false;  // before the first row it wraps around
  const auto indent = [&](size_t row) {
    return int(display_width(row_prefix(rows, row, sign_, columns_)));
  };
  const std::string_view text = text_;
  if (goal_ < 0)
    goal_ = indent(from) + text_columns(text.substr(rows[from].begin, cursor_ - rows[from].begin));
  cursor_ = border_at(text, rows[to], std::max(0, goal_ - indent(to)));
  // The end of a row that goes on is the begin of the next.
  const bool goes_on = to + 1 < rows.size() && rows[to + 1].wrapped;
  if (goes_on && cursor_ == rows[to].end) cursor_ = previous_border(text_, cursor_);
  return true;
}

Asked Editor::go_back_in_history() {
  if (entry_ == 0) return Asked::bell;
  if (entry_ == entries_.size()) draft_ = text_;
  replace(entries_[--entry_]);
  return Asked::nothing;
}

Asked Editor::go_on_in_history() {
  if (entry_ == entries_.size()) return Asked::bell;
  ++entry_;
  replace(entry_ == entries_.size() ? draft_ : entries_[entry_]);
  return Asked::nothing;
}

Asked Editor::search() {
  search_.emplace(Searching{Search(entries_, entry_), text_, cursor_, entry_});
  return Asked::nothing;
}

// Any other key takes what was found, and does what it does elsewhere.
Asked Editor::search_by(const Key& key) {
  Search& state = search_->state;
  switch (key.code) {
    case Code::none:
      return Asked::nothing;
    case Code::text:
      return show(state.add(key.text));
    case Code::erase_left:
      return show(state.take_back());
    case Code::search:
      return show(state.go_on(text_));
    case Code::interrupt:
    case Code::external_editor:  // Ctrl-G
      return give_up_search();
    default:
      search_.reset();
      return kKeys[size_t(key.code)].act(*this, key);
  }
}

Asked Editor::show(std::optional<Search::Place> found) {
  if (!found) return Asked::bell;
  if (entry_ == entries_.size()) draft_ = text_;
  entry_ = found->entry;
  replace(entries_[entry_]);
  cursor_ = border_from(text_, std::min(found->at, text_.size()));
  return Asked::nothing;
}

Asked Editor::give_up_search() {
  text_ = std::move(search_->text), cursor_ = search_->cursor, entry_ = search_->entry;
  search_.reset();
  return Asked::nothing;
}

}  // namespace straddle::terminal
