// Ctrl-C, SIGTERM and SIGHUP: they end the program at once, with 128 and their number, unless there is
// something to put away. One that was ignored when the program began (nohup, a job in the background)
// stays ignored.
#pragma once

namespace straddle::cli {

void watch_interrupts();

// While one lives, a signal only asks: who holds it looks at interrupted() often and ends cleanly. One
// that comes seconds later still ends the process.
class CleanEnd {
 public:
  CleanEnd();
  ~CleanEnd();
  CleanEnd(const CleanEnd&) = delete;
  CleanEnd& operator=(const CleanEnd&) = delete;
};

bool interrupted();
void forget_interrupt();  // what was asked to end has ended
bool asked_to_leave();    // by SIGTERM or SIGHUP: not the work alone, the program should end
int interrupted_code();   // the exit status of a program that was asked to end

}  // namespace straddle::cli
