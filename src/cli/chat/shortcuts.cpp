#include "cli/chat/shortcuts.h"

namespace straddle::cli {
namespace {

constexpr Shortcut kShortcuts[] = {
    {"Ctrl + a", "Move to the beginning of the line (Home)"},
    {"Ctrl + e", "Move to the end of the line (End)"},
    {"Alt + b", "Move back (left) one word"},
    {"Alt + f", "Move forward (right) one word"},
    {"Ctrl + k", "Delete the sentence after the cursor"},
    {"Ctrl + u", "Delete the sentence before the cursor"},
    {"Ctrl + w", "Delete the word before the cursor"},
    {"Ctrl + j", "A new line in the message"},
    {"Ctrl + g", "Write the message in your editor"},
    {"Ctrl + l", "Clear the screen"},
    {"Ctrl + c", "Stop the answer, or discard the line"},
    {"Ctrl + d", "Leave"},
    {"Up, Down", "What was typed before"},
};

}  // namespace

std::span<const Shortcut> shortcuts() { return kShortcuts; }

}  // namespace straddle::cli
