// A message as rows of the screen. The last column of every row stays free for the cursor, so a full row
// needs no row of its own behind it and nothing depends on how a terminal treats its right edge.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/terminal.h"

namespace straddle::terminal {

struct Row {
  size_t begin, end;  // bytes of the message, without a newline at the end
  bool wrapped;       // goes on with the line of the row before
};

// Never empty. columns >= 2; a prompt that leaves less than 8 columns for text is left out.
std::vector<Row> lay_out(std::string_view text, const PromptSign& sign, int columns);

size_t row_of(const std::vector<Row>& rows, size_t cursor);

// What stands in front of row `index`: a wrapped row is indented as `next` would indent it.
std::string row_prefix(const std::vector<Row>& rows, size_t index, const PromptSign& sign, int columns);

// Columns of text on the screen, at most; of a part that has no newline.
int text_columns(std::string_view text);

// The border of the row that lies `columns` behind its begin, or its end.
size_t border_at(std::string_view text, const Row& row, int columns);

// What the terminal is given for a part of a row: tabs become spaces, hostile clusters are cut.
std::string shown(std::string_view text);

}  // namespace straddle::terminal
