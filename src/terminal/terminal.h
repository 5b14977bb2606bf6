// The terminal: reading what a person types and showing text as it streams. It knows nothing of models.
//
// bytes -> keys -> a message being edited -> rows of the screen -> bytes: every step is pure but the
// loop that joins them (line_reader.cpp). Text that stands in a message or comes out of safe_text has no
// control characters but newline and tab, and is valid UTF-8.
//
// Threads: pure functions from any; a History, a LineReader, a WordWrap or a Spinner by one thread at a
// time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace straddle::terminal {

// ---- What a terminal is and shows

bool is_terminal(int fd);
bool is_dumb(std::string_view term);  // $TERM: knows no escape sequences (dumb, or not set)
bool colours(int fd);                 // false where NO_COLOR is set, $TERM is dumb, or fd is no terminal
int columns(int fd);                  // asked anew each time; 0 where fd is no terminal

// Columns that the text takes, by grapheme clusters; control characters take none.
size_t display_width(std::string_view text);

// `text` without what could steer a terminal: control characters (C0 but newline and tab, DEL, C1) are
// dropped, bytes that are no UTF-8 become U+FFFD. Pieces of a stream may be given one by one; they ought
// to end where a character ends.
std::string safe_text(std::string_view text);

// ---- What is typed

// Messages sent before, the newest last: all of this process, and those of the file, which holds the
// newest `limit`, no giants (256 KB), a line each, newlines in a message as U+2028.
class History {
 public:
  // A missing file is an empty history; an empty path keeps it in memory only. `io` where the file is
  // there but cannot be read.
  static Result<History> open(std::string path, size_t limit = 100);

  // Empty messages and repeats of the newest are not kept. Where the file cannot be written: an error
  // the first time, later in memory only.
  Status add(std::string_view message);
  const std::vector<std::string>& entries() const { return entries_; }  // valid until the next add()

  bool enabled = true;  // false: add() does not write the file

 private:
  History(std::string path, size_t limit) : path_(std::move(path)), limit_(limit) {}
  std::string path_;
  size_t limit_;
  std::vector<std::string> entries_;
};

struct Typed {
  enum class Kind : uint8_t {
    message,      // Enter. text: the message, newlines inside (pasted, Ctrl-J), none at its end
    interrupted,  // Ctrl-C. text: what was thrown away, empty if nothing stood there
    end,          // Ctrl-D with nothing typed, end of input, or a signal asked the program to end
  };
  Kind kind;
  std::string text;
};

// What stands in front of a message that is typed.
struct PromptSign {
  std::string first = ">>> ";
  std::string next = "... ";  // in front of what follows a newline of the message
  std::string placeholder;    // shown in grey while nothing is typed; not without colours
};

// Reads messages, edited with the keys of docs/terminal.md. From a line that was read to the next read a
// thread of its own takes the keys; they are not shown but wait. Ctrl-C then raises SIGINT in that
// thread, and what was typed before is not sent. Ctrl-Z and SIGTSTP stop the job at any time; the
// terminal is the shell's meanwhile, and nothing is done to it from the background. On a dumb terminal,
// and where one of the two is no terminal, it reads plain lines, changes nothing of the terminal, has no
// thread and writes no escape sequence. One reader at a time.
class LineReader {
 public:
  struct Options {
    int in = 0;
    int out = 1;
    std::string term;                 // $TERM
    bool colour = false;              // colours(out)
    std::vector<std::string> editor;  // the command of Ctrl-G; a file's name is put behind it
    // Tab: what may stand instead of the text before the cursor, each beginning with that text. None:
    // Tab is 8 spaces. Called by the thread that reads, within read().
    std::function<std::vector<std::string>(std::string_view before)> complete;
  };
  static constexpr size_t kLongest = 16'000'000;  // bytes of a message

  // history: what Up brings, null for none; must outlive the reader. It adds nothing: a message may
  // be made of several lines.
  LineReader(Options options, const History* history);
  LineReader(LineReader&&) noexcept;
  ~LineReader();

  // Afterwards the cursor stands on a fresh row, where the next read must find it, too. Signals while
  // it reads: SIGINT is Ctrl-C, SIGTERM and SIGHUP go to their former handlers and give `end`; while the
  // job is stopped, or waits for the terminal, each ends the process at once. Errors: a plain line over
  // kLongest (bad_input), io.
  Result<Typed> read(const PromptSign& sign);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The keys of such a reader, for help; those that everybody knows are left out.
struct Shortcut {
  std::string_view keys, help;
};
std::vector<Shortcut> shortcuts();  // the texts last as long as the program

// The terminal becomes what it was before any reader. Safe in a signal handler and from any thread.
void restore_terminal();

// How often the process was stopped and went on (Ctrl-Z and fg), since the first call or the first
// reader: the cursor then stands on a fresh row.
int times_continued();

// ---- What is shown

// An answer as it streams: a word that would come closer than 5 columns to the edge is taken back and
// moved to the next row, where it is indented as its line is. Words within 10 columns of the whole width
// stay, as do wide characters, each of which may begin a row. Code between ``` or ~~~ is left to the
// terminal. Nothing of the text is left out. Give it safe text, on a fresh row.
class WordWrap {
 public:
  explicit WordWrap(int columns) : columns_(columns) {}  // below 10: off
  void resize(int columns) { columns_ = columns; }
  std::string push(std::string_view text);  // what to print for it

 private:
  // The begin of a line, as far as it is known: blanks, three or more marks (` or ~) where it begins or
  // ends code, then anything.
  struct Head {
    int indent = 0;    // columns
    int32_t mark = 0;  // the marks' character
    int marks = 0;
    bool more = false, text = false, mark_in_text = false;  // behind them: anything, no blank, a mark
  };
  void put(std::string_view character, std::string& out);
  void make_room(int32_t code, int width, std::string& out);
  void start_row(std::string& out);
  void add_to_word(std::string_view character, int32_t code, int width);
  void read_head(int32_t code, int width);
  void end_line();
  int indent() const;

  int columns_;
  int column_ = 0;
  std::string word_;    // printed since the last place to break, on this row
  int word_width_ = 0;  // its columns
  Head head_;
  Head code_;  // of the line that began the code that we are in; without marks: in none
};

// A turning wheel behind a message, on standard error, until stop() or the Spinner's end. Nothing where
// that is no terminal or a dumb one. A thread of its own draws it: nobody else may write there until
// then.
class Spinner {
 public:
  explicit Spinner(std::string message, int fd = 2);
  Spinner(Spinner&&) noexcept;
  ~Spinner();
  void stop();  // erases it

 private:
  struct Wheel;
  std::unique_ptr<Wheel> wheel_;
};

}  // namespace straddle::terminal
