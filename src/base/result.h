// Result<T>: a value or the reason why there is none. No exception leaves a room but std::bad_alloc
// (docs/memory.md). Plain data: an Error owns its texts.
#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace straddle {

// The closed list of what can go wrong; tests/cli produces each. The exit status follows.
enum class ErrorKind {
  usage,        // the words of a command or option are wrong: exit 2
  not_found,    // a model or file is missing: exit 3
  no_memory,    // the request does not fit: exit 4
  bad_file,     // a file breaks its format's rules: exit 1
  unsupported,  // a valid file or request asks for what this program lacks: exit 1
  bad_input,    // a prompt, text or token list cannot be used: exit 1
  io,           // the system refused to read or write: exit 1
  interrupted,  // Ctrl-C: exit 130
};

struct Error {
  ErrorKind kind;
  std::string where;  // file, tensor, option ...; may be empty
  std::string what;
  std::string hint;  // what to do; may be empty
};

// "where: what (hint)", without control characters: a hostile name cannot write to the terminal.
std::string one_line(const Error& error);

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string where, std::string what,
                                  std::string hint = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(where), std::move(what), std::move(hint)});
}

// Hands the error of a failed result to the caller, where TRY is too little: if (!r) return fail(r);
template <class T>
tl::unexpected<Error> fail(Result<T>& failed) {
  return tl::unexpected<Error>(std::move(failed.error()));
}

template <class T>
T value_of(Result<T>& good) {
  return std::move(*good);
}
inline void value_of(Status&) {}

}  // namespace straddle

// The value of an expression that gives a Result. Where there is none, its error is what the function
// around returns: auto file = TRY(File::open(path)); It is a macro because no function can return from
// its caller.
#define TRY(expression)                                   \
  __extension__({                                         \
    auto try_result = (expression);                       \
    if (!try_result) return ::straddle::fail(try_result); \
    ::straddle::value_of(try_result);                     \
  })
