// Bytes to a file descriptor, all of them. Safe in a signal handler.
#pragma once
#include <string_view>

namespace straddle::terminal {

bool write_all(int fd, std::string_view bytes);

}  // namespace straddle::terminal
