#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "terminal/terminal.h"
#include "terminal/window.h"
#include "terminal/write.h"

namespace straddle::terminal {
namespace {

constexpr std::string_view kFrames[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr auto kTurn = std::chrono::milliseconds(100);

}  // namespace

// Its thread allocates nothing: nobody could catch what that throws.
struct Spinner::Wheel {
  std::string message, line;
  int fd;
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::jthread thread;

  Wheel(std::string text, int out) : message(safe_text(text)), fd(out) {
    if (!message.empty()) message += ' ';
    line.reserve(message.size() + 32);
    thread = std::jthread([this](std::stop_token stop) { turn(stop); });
  }
  ~Wheel() {
    thread.request_stop();
    thread.join();
    write_all(fd, "\r\x1b[K");
  }

  void turn(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    for (size_t i = 0; !stop.stop_requested(); ++i) {
      line = "\r\x1b[K";
      if (int(display_width(message)) + 3 < columns(fd)) line += message;
      (line += kFrames[i % std::size(kFrames)]) += ' ';
      if (!write_all(fd, line)) return;
      stopped.wait_for(lock, stop, kTurn, [] { return false; });
    }
  }
};

Spinner::Spinner(std::string message, int fd) {
  if (!is_terminal(fd) || is_dumb(term())) return;
  try {
    wheel_ = std::make_unique<Wheel>(std::move(message), fd);
  } catch (const std::system_error&) {  // no thread to be had: it goes without a wheel
  }
}

Spinner::Spinner(Spinner&&) noexcept = default;
Spinner::~Spinner() = default;
void Spinner::stop() { wheel_.reset(); }

}  // namespace straddle::terminal
