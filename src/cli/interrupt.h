// Ctrl-C and SIGTERM: the first one asks the work to end cleanly, one that comes seconds later ends the
// process.
#pragma once

namespace straddle::cli {

void watch_interrupts();
bool interrupted();
void forget_interrupt();  // what was asked to end has ended
bool asked_to_leave();    // SIGTERM: not the work alone, the program should end

}  // namespace straddle::cli
