#include "terminal/session.h"

#include <algorithm>
#include <csignal>
#include <iterator>

#include "terminal/external_editor.h"
#include "terminal/write.h"

namespace straddle::terminal {
namespace {

constexpr int kEscapeMs = 50;  // the bytes of one key come closer together than this
// Of a paste and of long messages nothing is painted while more is coming.
constexpr int kPauseMs = 20;
constexpr size_t kLongMessage = 16 << 10;

// These leave a row that is too long for a narrower window as it is; others break it into several.
constexpr std::string_view kTermsThatKeepRows[] = {"linux", "xterm", "vt100", "vt220"};

bool reflows(std::string_view term) {
  return std::find(std::begin(kTermsThatKeepRows), std::end(kTermsThatKeepRows), term) ==
         std::end(kTermsThatKeepRows);
}

}  // namespace

Result<Typed> Session::run() {
  if (auto raw = modes_.raw(); !raw) return fail(raw);
  input_.emplace(settings_.in, kSignalsOfKeys);
  window_ = window_of(settings_.out);
  for (apply_keys(); !ended_; apply_keys()) act_on(input_->wait(patience()));
  paint(false);
  write(painter_.below());
  modes_.quiet();
  input_.reset();
  if (last_signal_) modes_.as_found(), std::raise(last_signal_);  // to its former handler
  return Typed{*ended_, *ended_ == Kind::end ? std::string() : editor_.text()};
}

void Session::apply_keys() {
  std::deque<Key>& keys = keyboard_.keys;
  while (!keys.empty() && !ended_) {
    const Key key = std::move(keys.front());
    keys.pop_front();
    painted_ = false;
    act_on(editor_.apply(key, window_.columns));
  }
}

// How long to wait for more before the next thing to do: -1 where there is none.
int Session::patience() const {
  const bool long_one = keyboard_.decoder.within_paste() || editor_.text().size() > kLongMessage;
  if (!painted_) return long_one ? kPauseMs : 0;
  return keyboard_.decoder.within_escape() ? kEscapeMs : -1;
}

void Session::act_on(const Input::Event& event) {
  switch (event.kind) {
    case Input::Event::Kind::bytes: {
      std::vector<Key> keys;
      keyboard_.decoder.feed(event.bytes, keys);
      std::move(keys.begin(), keys.end(), std::back_inserter(keyboard_.keys));
      break;
    }
    case Input::Event::Kind::timeout:
      if (painted_) keyboard_.decoder.escape_alone();
      paint(true);
      break;
    case Input::Event::Kind::end:
      ended_ = Kind::end;
      break;
    case Input::Event::Kind::signal:
      act_on_signal(event.signal);
      break;
  }
}

void Session::act_on_signal(int signal) {
  if (signal == SIGINT) ended_ = Kind::interrupted;
  if (signal == SIGTSTP) suspend();
  if (signal == SIGCONT) take_back();
  if (signal == SIGWINCH) resize();
  if (!ends_program(signal)) return;
  ended_ = Kind::end;
  last_signal_ = signal;
}

void Session::act_on(Asked asked) {
  switch (asked) {
    case Asked::nothing:
      break;
    case Asked::bell:
      write("\a");
      break;
    case Asked::send:
      ended_ = Kind::line;
      break;
    case Asked::interrupt:
      ended_ = Kind::interrupted;
      break;
    case Asked::end:
      ended_ = Kind::end;
      break;
    case Asked::clear_screen:
      write("\x1b[H\x1b[2J");
      painter_.forget();
      break;
    case Asked::external_editor:
      edit_outside();
      break;
    case Asked::suspend:
      suspend();
      break;
  }
}

// A terminal that is gone ends the message, too.
void Session::write(std::string_view bytes) {
  if (!write_all(settings_.out, bytes) && !ended_) ended_ = Kind::end;
}

void Session::paint(bool placeholder) {
  if (painted_ && placeholder) return;
  painted_ = true;
  write(painter_.paint(
      draw(editor_.text(), editor_.cursor(), prompt_, window_, settings_.colour && placeholder, top_)));
}

// The terminal is ours again; others have written to it.
void Session::take_back() {
  [[maybe_unused]] const auto raw = modes_.raw();  // if it fails, reading will
  if (!input_) input_.emplace(settings_.in, kSignalsOfKeys);
  window_ = window_of(settings_.out);
  painter_.forget();
  painted_ = false;
}

void Session::suspend() {
  write(painter_.below());
  modes_.as_found();
  input_->stop_job();
  take_back();
}

void Session::edit_outside() {
  write(painter_.start_again(window_.columns, window_.rows, false));
  modes_.as_found();
  input_.reset();
  const auto edited =
      terminal::edit_outside(settings_.editor, editor_.text(), settings_.in, settings_.out);
  take_back();
  if (edited)
    editor_.replace(*edited);
  else
    write("Error: " + one_line(edited.error()) + "\r\n");
}

void Session::resize() {
  window_ = window_of(settings_.out);
  write(painter_.start_again(window_.columns, window_.rows, reflows(settings_.term)));
  painted_ = false;
}

}  // namespace straddle::terminal
