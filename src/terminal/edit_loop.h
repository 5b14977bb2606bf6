// One message, from the prompt to Enter: the loop that joins keys, editor and screen.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "terminal/editor.h"
#include "terminal/input.h"
#include "terminal/keyboard.h"
#include "terminal/modes.h"
#include "terminal/painter.h"
#include "terminal/terminal.h"

namespace straddle::terminal {

class EditLoop {
 public:
  // All must outlive it; the prompt stands on the cursor's row.
  EditLoop(const LineReader::Options& options, const PromptSign& sign,
           const std::vector<std::string>& entries, Input& input, Modes& modes, Keyboard& keyboard)
      : options_(options), input_(input), modes_(modes), keyboard_(keyboard), editor_(sign, entries) {}

  Result<Typed> run();

 private:
  using Kind = Typed::Kind;

  void apply_keys();
  void act_on(Asked asked);
  void act_on(const Input::Event& event);
  void act_on_signal(int signal);
  int patience() const;
  void write(std::string_view bytes);
  void paint(bool placeholder);
  void take_back();
  void stop();
  void suspend();
  void edit_outside();
  void complete();
  void list(const std::vector<std::string>& words);
  void resize();

  const LineReader::Options& options_;
  Input& input_;
  Modes& modes_;
  Keyboard& keyboard_;
  Editor editor_;
  Painter painter_;
  Window window_;
  size_t top_ = 0;
  bool painted_ = false;    // the screen shows the message as it is
  bool after_tab_ = false;  // the key before was a Tab
  std::optional<Kind> ended_;
  int last_signal_ = 0;  // the one that asked the program to end
};

}  // namespace straddle::terminal
