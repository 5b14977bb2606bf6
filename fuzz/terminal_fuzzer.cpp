// What a hostile keyboard or paste does to the line editor, in windows of any size: nothing may crash or
// hang, the message stays valid, the cursor stays between clusters, and no row leaves the window.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target terminal_fuzzer
//   build/fuzz/fuzz/terminal_fuzzer -max_len=2000 -max_total_time=600 /tmp/terminal-corpus
//
// Input: pieces, each with a byte for the columns, one for the rows, one for the length, then the bytes.
#include <cstdlib>
#include <string>
#include <vector>

#include "terminal/cluster.h"
#include "terminal/completion.h"
#include "terminal/editor.h"
#include "terminal/keyboard.h"
#include "terminal/layout.h"
#include "terminal/painter.h"

namespace {

using namespace straddle::terminal;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_message(const Editor& editor) {
  const std::string& text = editor.text();
  require(text.size() <= LineReader::kLongest && safe_text(text) == text);
  size_t border = 0;
  while (border < editor.cursor()) border = next_border(text, border);
  require(border == editor.cursor());
  require(border_from(text, border) == border);
  require(previous_border(text, border) < border || border == 0);
  require(next_border(text, border) > border || border == text.size());
}

// The rows are the whole message. Only a cluster that is alone in its row may be wider than the window,
// where the terminal cuts it.
void check_rows(std::string_view text, const PromptSign& sign, int columns) {
  const std::vector<Row> rows = lay_out(text, sign, columns);
  size_t at = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (i > 0 && !row.wrapped) require(text[at++] == '\n');
    require(row.begin == at && row.end <= text.size());
    const std::string_view shown = text.substr(row.begin, row.end - row.begin);
    const int used = int(display_width(row_prefix(rows, i, sign, columns))) + text_columns(shown);
    require(used < columns || next_border(text, row.begin) == row.end);
    at = row.end;
  }
  require(at == text.size());
}

void check_frame(const Frame& frame, const Window& window) {
  require(!frame.lines.empty() && frame.lines.size() <= size_t(window.rows));
  require(frame.cursor_line < frame.lines.size());
  const Frame::Line& line = frame.lines[frame.cursor_line];
  require(line.bytes.compare(0, frame.before_cursor.size(), frame.before_cursor) == 0);
  for (const Frame::Line& row : frame.lines)
    require(row.bytes.find_first_of("\n\r\t") == row.bytes.npos);
}

struct Desk {
  PromptSign sign{">>> ", "... ", "Type here"};
  std::vector<std::string> entries = {"one", "two\nrows of it", "👨\u200d👩\u200d👧🇯🇵日本e\u0301"};
  KeyDecoder decoder;
  Editor editor{sign, entries};
  Painter painter;
  size_t top = 0;
  std::string written;

  void type(std::string_view bytes, const Window& window) {
    std::vector<Key> keys;
    decoder.feed(bytes, keys);
    if (bytes.size() % 3 == 0) decoder.escape_alone(keys);
    for (const Key& key : keys) {
      if (editor.apply(key, window.columns) == Asked::complete) complete();
      check_message(editor);
    }
    const PromptSign shown = editor.sign();
    check_rows(editor.text(), shown, window.columns);
    const Frame frame = draw(editor.text(), editor.cursor(), shown, window, true, top);
    check_frame(frame, window);
    written = painter.paint(frame);
  }

  // From what is in the history, whole, cut anywhere and longer.
  void complete() {
    const std::string before = editor.text().substr(0, editor.cursor());
    std::vector<std::string> candidates = entries;
    candidates.push_back(before + "one"), candidates.push_back(before + entries[2].substr(0, 9));
    const Completion found = straddle::terminal::complete(before, candidates);
    for (const std::string& word : found.rest) require(safe_text(word) == word);
    require(!listed(found.rest, 7).empty() || found.rest.empty());
    editor.insert(found.insertion);
  }
};

// Nothing of the text is lost when Enters are taken back, and none is left.
void check_keyboard(std::string_view bytes) {
  Keyboard keyboard;
  std::vector<Key> keys;
  keyboard.decoder.feed(bytes, keys);
  std::string typed, kept;
  for (Key& key : keys) typed += key.text, keyboard.put(std::move(key));
  keyboard.take_back_enters();
  for (const Key& key : keyboard.keys) {
    require(key.code != Key::Code::enter);
    kept += key.text;
  }
  require(typed == kept);
}

void check_answer(std::string_view bytes, int columns) {
  const std::string safe = safe_text(bytes);
  require(safe_text(safe) == safe);
  WordWrap wrap(columns);
  size_t letters = 0;
  for (const char c : wrap.push(safe)) letters += c != '\n' && c != '\x1b';
  require(letters <= 12 * safe.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Desk desk;
  Window before;
  while (rest.size() > 3) {
    const Window window{2 + uint8_t(rest[0]) % 90, 1 + uint8_t(rest[1]) % 30};
    const std::string_view bytes = rest.substr(3, uint8_t(rest[2]));
    rest.remove_prefix(3 + bytes.size());
    if (window.columns != before.columns)
      desk.painter.start_again(window.columns, window.rows, size % 2);
    before = window;
    desk.type(bytes, window);
    check_answer(bytes, window.columns);
    check_keyboard(bytes);
  }
  return 0;
}
