// A message being edited: keys change text and cursor, nothing is drawn here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "terminal/keys.h"
#include "terminal/search.h"
#include "terminal/terminal.h"

namespace straddle::terminal {

// What a key asks of the one who holds the editor.
enum class Asked : uint8_t {
  nothing,
  bell,
  send,
  interrupt,
  end,
  clear_screen,
  external_editor,
  suspend,
  complete
};

class Editor {
 public:
  // Both must outlive the editor; entries may be empty, not null.
  Editor(const PromptSign& sign, const std::vector<std::string>& entries);

  Asked apply(const Key& key, int columns);  // columns: Up and Down go by rows of the screen

  PromptSign sign() const { return search_ ? search_->state.sign(sign_) : sign_; }
  const std::string& text() const { return text_; }  // safe, at most LineReader::kLongest bytes
  size_t cursor() const { return cursor_; }          // a border of grapheme clusters
  void replace(std::string_view text);               // the cursor goes to the end
  void to_end() { cursor_ = text_.size(); }

  // The effects of keys, by the table in editor.cpp.
  Asked insert(std::string_view text);
  Asked move_to(size_t cursor);
  Asked erase(size_t from, size_t to);
  Asked go_back_in_history();
  Asked go_on_in_history();
  Asked search();
  // Up (-1) or down (1) by a row of the screen; false where there is none.
  bool move_rows(int by);

  size_t line_start() const;
  size_t line_end() const;
  size_t word_left() const;
  size_t word_right() const;
  size_t left() const;
  size_t right() const;

 private:
  struct Searching {
    Search state;
    std::string text;  // what stood here before
    size_t cursor, entry;
  };
  Asked search_by(const Key& key);
  Asked show(std::optional<Search::Place> found);
  Asked give_up_search();

  const PromptSign& sign_;
  const std::vector<std::string>& entries_;
  std::string text_;
  size_t cursor_ = 0;
  size_t entry_;       // of entries_; entries_.size(): the message itself
  std::string draft_;  // the message while an entry is looked at
  std::optional<Searching> search_;
  int columns_ = 80;
  int goal_ = -1;  // column that a run of Up and Down keeps to; -1: none yet
};

}  // namespace straddle::terminal
