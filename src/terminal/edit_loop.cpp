#include "terminal/edit_loop.h"

#include <algorithm>
#include <csignal>
#include <iterator>

#include "terminal/background.h"
#include "terminal/completion.h"
#include "terminal/external_editor.h"
#include "terminal/write.h"

namespace straddle::terminal {
namespace {

// Of a paste and of long messages nothing is painted while more is coming.
constexpr int kPauseMs = 20;
constexpr size_t kLongMessage = 16 << 10;
constexpr std::string_view kTab = "        ";

// These leave a row that is too long for a narrower window as it is; others break it into several.
constexpr std::string_view kTermsThatKeepRows[] = {"linux", "xterm", "vt100", "vt220"};

bool reflows(std::string_view term) {
  return std::find(std::begin(kTermsThatKeepRows), std::end(kTermsThatKeepRows), term) ==
         std::end(kTermsThatKeepRows);
}

}  // namespace

Result<Typed> EditLoop::run() {
  TRY(modes_.raw());
  keyboard_.type(modes_.typed_before());
  input_.watch(kSignalsOfKeys);
  window_ = window_of(options_.out);
  for (apply_keys(); !ended_; apply_keys()) act_on(input_.wait(patience()));
  paint(false);
  write(painter_.below());
  if (last_signal_)
    modes_.as_found(), input_.watch({}), std::raise(last_signal_);  // to its former handler
  return Typed{*ended_, *ended_ == Kind::end ? std::string() : editor_.text()};
}

void EditLoop::apply_keys() {
  auto& keys = keyboard_.keys;
  while (!keys.empty() && !ended_) {
    const Key key = std::move(keys.front());
    keys.pop_front();
    painted_ = false;
    act_on(editor_.apply(key, window_.columns));
    after_tab_ = key.code == Key::Code::tab;
  }
}

// How long to wait for more before the next thing to do: -1 where there is none.
int EditLoop::patience() const {
  const bool long_one = keyboard_.decoder.within_paste() || editor_.text().size() > kLongMessage;
  if (!painted_) return long_one ? kPauseMs : 0;
  return keyboard_.decoder.within_escape() ? kEscapeMs : -1;
}

void EditLoop::act_on(const Input::Event& event) {
  std::vector<Key> keys;
  switch (event.kind) {
    case Input::Event::Kind::bytes:
      keyboard_.type(event.bytes);
      break;
    case Input::Event::Kind::timeout:
      if (painted_) keyboard_.decoder.escape_alone(keys);
      paint(true);
      break;
    case Input::Event::Kind::end:
      ended_ = Kind::end;
      break;
    case Input::Event::Kind::signal:
      act_on_signal(event.signal);
      break;
    case Input::Event::Kind::woken:
      break;
  }
  std::move(keys.begin(), keys.end(), std::back_inserter(keyboard_.keys));
}

void EditLoop::act_on_signal(int signal) {
  input_.end_in_background(signal);
  if (signal == SIGINT) ended_ = Kind::interrupted;
  if (signal == SIGTSTP) suspend();
  if (signal == SIGCONT) take_back();
  if (signal == SIGWINCH) resize();
  if (!ends_program(signal)) return;
  ended_ = Kind::end;
  last_signal_ = signal;
}

void EditLoop::act_on(Asked asked) {
  switch (asked) {
    case Asked::nothing:
      break;
    case Asked::bell:
      write("\a");
      break;
    case Asked::send:
      ended_ = Kind::message;
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
    case Asked::complete:
      complete();
      break;
  }
}

// A terminal that is gone ends the message, too.
void EditLoop::write(std::string_view bytes) {
  if (!write_all(options_.out, bytes) && !ended_) ended_ = Kind::end;
}

void EditLoop::paint(bool placeholder) {
  if (painted_ && placeholder) return;
  painted_ = true;
  write(painter_.paint(draw(editor_.text(), editor_.cursor(), editor_.sign(), window_,
                            options_.colour && placeholder, top_)));
}

// The terminal is ours again; others have written to it.
void EditLoop::take_back() {
  input_.wait_for_foreground();
  [[maybe_unused]] const auto raw = modes_.raw();  // if it fails, reading will
  keyboard_.type(modes_.typed_before());
  input_.watch(kSignalsOfKeys);
  window_ = window_of(options_.out);
  painter_.forget();
  painted_ = false;
}

void EditLoop::stop() {
  const EndsAtOnce ends_at_once;
  input_.stop_job();
}

void EditLoop::suspend() {
  write(painter_.below());
  modes_.as_found();
  stop();
  take_back();
}

void EditLoop::edit_outside() {
  write(painter_.start_again(window_.columns, window_.rows, false));
  modes_.as_found();
  input_.watch({});
  const auto edited = terminal::edit_outside(options_.editor, editor_.text(), options_.in, options_.out);
  take_back();
  if (edited)
    editor_.replace(*edited);
  else
    write("Error: " + one_line(edited.error()) + "\r\n");
}

// The first Tab puts in what is sure, a second one shows the choice.
void EditLoop::complete() {
  const std::string before = editor_.text().substr(0, editor_.cursor());
  const bool offers = bool(options_.complete);
  const Completion found =
      terminal::complete(before, offers ? options_.complete(before) : std::vector<std::string>());
  if (found.insertion.empty() && found.rest.empty()) return act_on(editor_.insert(kTab));
  act_on(editor_.insert(found.insertion));
  if (found.rest.empty()) return;
  if (after_tab_ && found.insertion.empty())
    list(found.rest);
  else
    write("\a");
}

void EditLoop::list(const std::vector<std::string>& words) {
  paint(false);
  write(painter_.below());
  write(listed(words, window_.columns));
  painted_ = false;
}

void EditLoop::resize() {
  window_ = window_of(options_.out);
  write(painter_.start_again(window_.columns, window_.rows, reflows(options_.term)));
  painted_ = false;
}

}  // namespace straddle::terminal
