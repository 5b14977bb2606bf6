// The commands of a chat: a table of words, help and what they do.
#pragma once
#include <span>
#include <string_view>

#include "cli/chat/chat.h"

namespace straddle::cli::slash {

struct Command {
  std::string_view words;      // "/set parameter"
  std::string_view arguments;  // as help shows them
  std::string_view help;
  Status (*run)(Chat& chat, std::string_view rest);
};

std::span<const Command> commands();

}  // namespace straddle::cli::slash
