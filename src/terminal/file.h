// Small text files of a person's own: history, a message in an external editor.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::terminal {

// At most `most` bytes from its end; only of a regular file. not_found where there is none.
Result<std::string> read_text_file(const std::string& path, size_t most);

// A new file with a name of its own that nobody else may read, "PATH.XXXXXX": its name.
Result<std::string> write_new_file(const std::string& path, std::string_view text);

}  // namespace straddle::terminal
