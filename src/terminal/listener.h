// While something is done about a message: a thread that reads the keys, so that none waits in the
// kernel, where a shell would take them after a stop and where there is room for 4 KB. It acts on Ctrl-C
// and Ctrl-Z only.
#pragma once
#include <deque>
#include <thread>

#include "terminal/input.h"
#include "terminal/keyboard.h"
#include "terminal/modes.h"

namespace straddle::terminal {

class Listener {
 public:
  // All must outlive it, and until its end are used by nobody else. The input watches kSignalsOfJobs.
  Listener(Input& input, Modes& modes, Keyboard& keyboard);
  ~Listener();
  Listener(const Listener&) = delete;

 private:
  void listen();
  Input::Event wait();
  bool act_on(const Input::Event& event);
  void act_on(Key key);
  void act_on_signal(int signal);
  void stop();

  Input& input_;
  Modes& modes_;
  Keyboard& keyboard_;
  // What came in one piece with the last message, behind its Enter: nobody has acted on it yet.
  std::deque<Key> unseen_;
  bool holds_ = false;  // the terminal is in our mode
  bool gone_ = false;   // there is no terminal any more
  size_t held_ = 0;     // bytes of what was typed
  std::thread thread_;
};

}  // namespace straddle::terminal
