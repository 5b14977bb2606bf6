// What all lanes share: indices that unroll. Everything here is private to the file that includes
// it (anonymous namespace): it is compiled with that file's instruction set.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace {

// A pack of constant indices: f(x[I])... touches registers by name where a loop would touch memory (g++
// 12 keeps arrays that it has not unrolled on the stack).
template <int... I>
struct Of {
  uint32_t ahead = 0;  // bytes from a line of weights to the one that is asked for meanwhile
};

}  // namespace
