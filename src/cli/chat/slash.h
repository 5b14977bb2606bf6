// The commands of a chat: a table of words, help and what they do.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/chat/chat.h"

namespace straddle::cli::slash {

struct Command {
  std::string_view words;  // "/set parameter"
  // As help shows them. A word in small letters stands for itself, [a|b] for a choice of some;
  // completion knows OPTION, VALUE, SESSION and MODEL.
  std::string_view arguments;
  std::string_view help;
  Status (*run)(Chat& chat, std::string_view rest);
};

std::span<const Command> commands();

// "/words rest": does it. An error is for the user to read, the chat goes on.
Status run(Chat& chat, std::string_view line);

// What the text before the cursor may become by Tab, each as a whole.
std::vector<std::string> completions(std::string_view before);

// ---- what the rows of the table do

Status set_parameter(Chat& chat, std::string_view rest);  // set.cpp
Status set_system(Chat& chat, std::string_view rest);
Status set_thinking(Chat& chat, std::string_view rest);
Status set_no_thinking(Chat& chat, std::string_view rest);
Status set_format(Chat& chat, std::string_view rest);
Status set_no_format(Chat& chat, std::string_view rest);
Status set_history(Chat& chat, std::string_view rest);
Status set_no_history(Chat& chat, std::string_view rest);
Status set_word_wrap(Chat& chat, std::string_view rest);
Status set_no_word_wrap(Chat& chat, std::string_view rest);
Status set_verbose(Chat& chat, std::string_view rest);
Status set_quiet(Chat& chat, std::string_view rest);

Status show_info(Chat& chat, std::string_view rest);  // show.cpp
Status show_context(Chat& chat, std::string_view rest);
Status show_license(Chat& chat, std::string_view rest);
Status show_modelfile(Chat& chat, std::string_view rest);
Status show_parameters(Chat& chat, std::string_view rest);
Status show_system(Chat& chat, std::string_view rest);
Status show_template(Chat& chat, std::string_view rest);

Status load(Chat& chat, std::string_view rest);  // load_and_save.cpp
Status save(Chat& chat, std::string_view rest);
Status list_sessions(Chat& chat, std::string_view rest);
Status remove_session(Chat& chat, std::string_view rest);

Status help(Chat& chat, std::string_view rest);  // help.cpp
Status help_set(Chat& chat, std::string_view rest);
Status help_show(Chat& chat, std::string_view rest);

}  // namespace straddle::cli::slash
