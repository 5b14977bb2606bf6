#include "terminal/keys.h"

#include <algorithm>

#include "terminal/cluster.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

using Code = Key::Code;

constexpr char kEscape = 27;
constexpr size_t kLongestParameters = 16;
constexpr std::string_view kPasteEnd = "\x1b[201~";

struct Binding {
  std::string_view sequence;  // a control byte, what follows ESC, or parameters and last byte of a CSI
  Code code;
};

constexpr Binding kControls[] = {
    {"\x01", Code::line_start},      {"\x02", Code::left},           {"\x03", Code::interrupt},
    {"\x04", Code::end_or_erase},    {"\x05", Code::line_end},       {"\x06", Code::right},
    {"\x07", Code::external_editor}, {"\x08", Code::erase_left},     {"\x09", Code::tab},
    {"\x0a", Code::newline},         {"\x0b", Code::erase_to_end},   {"\x0c", Code::clear_screen},
    {"\x0d", Code::enter},           {"\x0e", Code::down},           {"\x10", Code::up},
    {"\x12", Code::search},          {"\x15", Code::erase_to_start}, {"\x17", Code::erase_word},
    {"\x1a", Code::suspend},         {"\x7f", Code::erase_left},
};

// Alt and a key.
constexpr Binding kAfterEscape[] = {
    {"b", Code::word_left},     {"f", Code::word_right}, {"\x7f", Code::erase_word},
    {"\x08", Code::erase_word}, {"\x0d", Code::newline},
};

// xterm's, the Linux console's and rxvt's; ";5" is with Ctrl, ";3" with Alt.
constexpr Binding kCsi[] = {
    {"A", Code::up},           {"B", Code::down},          {"C", Code::right},
    {"D", Code::left},         {"H", Code::line_start},    {"F", Code::line_end},
    {"1~", Code::line_start},  {"4~", Code::line_end},     {"7~", Code::line_start},
    {"8~", Code::line_end},    {"3~", Code::erase_right},  {"1;5C", Code::word_right},
    {"1;5D", Code::word_left}, {"1;3C", Code::word_right}, {"1;3D", Code::word_left},
};

template <size_t n>
Code find(const Binding (&rows)[n], std::string_view sequence) {
  const auto* row =
      std::find_if(rows, rows + n, [&](const Binding& r) { return r.sequence == sequence; });
  return row == rows + n ? Code::none : row->code;
}

bool is_control(char byte) { return static_cast<uint8_t>(byte) < 0x20 || byte == 0x7F; }

// Bytes at the end that may be the start of a character whose rest is still to come: 0 to 3.
size_t unfinished_bytes(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<uint8_t>(text[text.size() - back]);
    if (byte < 0x80 || byte > 0xF4) return 0;
    if (byte >= 0xC0) return back < (byte < 0xE0 ? 2u : byte < 0xF0 ? 3u : 4u) ? back : 0;
  }
  return 0;
}

}  // namespace

void KeyDecoder::feed(std::string_view bytes, std::vector<Key>& out) {
  for (const char byte : bytes) {
    switch (state_) {
      case State::ground:
        ground(byte, out);
        break;
      case State::escape:
        escape(byte, out);
        break;
      case State::csi:
        csi(byte, out);
        break;
      case State::ss3:
        ss3(byte, out);
        break;
      case State::paste:
        paste(byte, out);
        break;
    }
  }
  put_text(false, out);
}

void KeyDecoder::escape_alone(std::vector<Key>& out) {
  if (!within_escape()) return;
  state_ = State::ground;
  put_key(Code::escape, out);
}

void KeyDecoder::put_text(bool all, std::vector<Key>& out) {
  const size_t keep = all ? 0 : unfinished_bytes(text_);
  std::string safe = safe_text(std::string_view(text_).substr(0, text_.size() - keep));
  if (!safe.empty()) out.push_back({Code::text, std::move(safe)});
  text_.erase(0, text_.size() - keep);
}

void KeyDecoder::put_key(Code code, std::vector<Key>& out) {
  if (code != Code::none) out.push_back({code, {}});
}

void KeyDecoder::ground(char byte, std::vector<Key>& out) {
  if (!is_control(byte)) {
    text_ += byte;
    return;
  }
  put_text(true, out);
  if (byte == kEscape)
    state_ = State::escape;
  else
    put_key(find(kControls, {&byte, 1}), out);
}

void KeyDecoder::escape(char byte, std::vector<Key>& out) {
  parameters_.clear();
  if (byte == kEscape) return;  // the one before stood alone
  state_ = byte == '[' ? State::csi : byte == 'O' ? State::ss3 : State::ground;
  if (state_ != State::ground) return;
  const Code code = find(kAfterEscape, {&byte, 1});
  if (code != Code::none)
    put_key(code, out);
  else if (is_control(byte) || static_cast<uint8_t>(byte) >= 0x80)  // what it is without Alt
    ground(byte, out);
}

void KeyDecoder::csi(char byte, std::vector<Key>& out) {
  const auto value = static_cast<uint8_t>(byte);
  if (value >= 0x20 && value < 0x40) {
    if (parameters_.size() < kLongestParameters) parameters_ += byte;
  } else if (value >= 0x40 && value < 0x7F) {
    csi_ends(byte, out);
  } else {  // broken off
    state_ = State::ground;
    ground(byte, out);
  }
}

void KeyDecoder::csi_ends(char last, std::vector<Key>& out) {
  parameters_ += last;
  const bool pasted = parameters_ == "200~";
  state_ = pasted ? State::paste : State::ground;
  end_mark_ = 0, after_return_ = false;
  if (!pasted) put_key(find(kCsi, parameters_), out);
}

// What keypads in application mode send: the last byte means the same as in a CSI.
void KeyDecoder::ss3(char byte, std::vector<Key>& out) {
  state_ = State::ground;
  if (is_control(byte))
    ground(byte, out);
  else
    put_key(find(kCsi, {&byte, 1}), out);
}

void KeyDecoder::paste(char byte, std::vector<Key>& out) {
  if (end_mark_ > 0 && byte != kPasteEnd[end_mark_]) {
    // It was no mark: its Escape is dropped as any control character, the rest is text.
    text_ += kPasteEnd.substr(1, end_mark_ - 1);
    end_mark_ = 0;
  }
  if (byte == kPasteEnd[end_mark_]) {
    if (++end_mark_ < kPasteEnd.size()) return;
    state_ = State::ground;
    return put_text(true, out);
  }
  const bool second_half = after_return_ && byte == '\n';
  after_return_ = byte == '\r';
  if (!second_half) text_ += after_return_ ? '\n' : byte;
}

}  // namespace straddle::terminal
