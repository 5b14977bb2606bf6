#include "terminal/listener.h"

#include <csignal>
#include <new>
#include <system_error>
#include <utility>

#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

constexpr int kBackgroundMs = 200;  // how often a job looks whether it is in the foreground again

}  // namespace

Listener::Listener(Input& input, Modes& modes, Keyboard& keyboard)
    : input_(input), modes_(modes), keyboard_(keyboard), unseen_(std::exchange(keyboard.keys, {})) {
  try {
    if (input_.can_be_woken()) thread_ = std::thread([this] { listen(); });
  } catch (const std::system_error&) {  // no thread to be had
  }
  if (thread_.joinable()) return;
  keyboard_.keys.swap(unseen_);
  modes_.quiet();  // keys wait in the kernel, and Ctrl-Z for the next message
}

Listener::~Listener() {
  if (!thread_.joinable()) return;
  input_.wake();
  thread_.join();
}

void Listener::listen() {
  for (bool goes_on = true; goes_on;) {
    try {
      for (; !unseen_.empty(); unseen_.pop_front()) act_on(std::move(unseen_.front()));
      goes_on = act_on(wait());
    } catch (const std::bad_alloc&) {  // what was typed now is lost, not the answer
    }
  }
}

// In the background neither keys nor the terminal are ours, and nobody says when they are again.
Input::Event Listener::wait() {
  if (!holds_ && !gone_) holds_ = modes_.listening();
  if (std::string early = modes_.typed_before(); !early.empty())
    return {Input::Event::Kind::bytes, std::move(early)};
  const int patience = holds_ || gone_ ? -1 : kBackgroundMs;
  return input_.wait(keyboard_.decoder.within_escape() ? kEscapeMs : patience, holds_ && !gone_);
}

// False: somebody else waits for keys now.
bool Listener::act_on(const Input::Event& event) {
  using Kind = Input::Event::Kind;
  std::vector<Key> keys;
  if (event.kind == Kind::end) gone_ = true;  // the next message will find it, too
  if (event.kind == Kind::signal) act_on_signal(event.signal);
  if (event.kind == Kind::timeout) keyboard_.decoder.escape_alone(keys);
  if (event.kind == Kind::bytes) keyboard_.decoder.feed(event.bytes, keys);
  for (Key& key : keys) act_on(std::move(key));
  return event.kind != Kind::woken;
}

void Listener::act_on_signal(int signal) {
  if (signal == SIGTSTP)
    stop();
  else if (signal == SIGCONT)
    holds_ = false;  // a shell may have changed the terminal
  else
    std::raise(signal);  // left from the message before: to its handler of now
}

void Listener::act_on(Key key) {
  if (key.code == Key::Code::suspend) return stop();
  if (key.code == Key::Code::interrupt) {
    keyboard_.take_back_enters();
    std::raise(SIGINT);
    return;
  }
  held_ += key.text.size() + 1;
  if (held_ <= LineReader::kLongest) keyboard_.put(std::move(key));
}

// What was typed before has been read, so the shell does not get it.
void Listener::stop() {
  modes_.as_found();
  holds_ = false;
  input_.stop_job();
}

}  // namespace straddle::terminal
