// Bytes of a terminal in raw mode -> keys. Takes them in pieces of any size and keeps at most a few
// bytes of an unfinished sequence; what it does not know it swallows.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace straddle::terminal {

struct Key {
  enum class Code : uint8_t {
    text,  // typed or pasted, as much as came at once; safe (terminal.h)
    enter,
    newline,
    tab,
    line_start,
    line_end,
    left,
    right,
    word_left,
    word_right,
    erase_left,
    erase_right,
    erase_word,
    erase_to_end,
    erase_to_start,
    up,
    down,
    clear_screen,
    external_editor,
    suspend,
    interrupt,
    end_or_erase,  // Ctrl-D
    search,
    escape,
    none,
  };
  Code code;
  std::string text;
};

constexpr int kEscapeMs = 50;  // the bytes of one key come closer together than this

class KeyDecoder {
 public:
  void feed(std::string_view bytes, std::vector<Key>& out);
  // Nothing followed an Escape for kEscapeMs: it was the key itself.
  void escape_alone(std::vector<Key>& out);
  bool within_escape() const { return state_ == State::escape; }
  bool within_paste() const { return state_ == State::paste; }

 private:
  enum class State : uint8_t { ground, escape, csi, ss3, paste };

  void ground(char byte, std::vector<Key>& out);
  void escape(char byte, std::vector<Key>& out);
  void csi(char byte, std::vector<Key>& out);
  void csi_ends(char last, std::vector<Key>& out);
  void ss3(char byte, std::vector<Key>& out);
  void paste(char byte, std::vector<Key>& out);
  void put_key(Key::Code code, std::vector<Key>& out);
  void put_text(bool all, std::vector<Key>& out);

  State state_ = State::ground;
  std::string text_;           // raw bytes of text not handed out yet
  std::string parameters_;     // of a CSI sequence
  size_t end_mark_ = 0;        // bytes of the mark of a paste's end that have matched
  bool after_return_ = false;  // in a paste: CR LF is one newline
};

}  // namespace straddle::terminal
