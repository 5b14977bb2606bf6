// Yardsticks: what the machine itself can do.
#pragma once
#include <cstddef>
#include <cstdint>

namespace straddle::bench {

// Reads all bytes (a multiple of 64) and returns something made of them.
uint64_t read_all(const uint8_t* p, size_t bytes);

// Multiply-adds of int8 done in `rounds` rounds of register-resident products, as the ISA's kernels
// do them: vpmaddubsw and vpaddw for avx2, vpdpbusd for avx512; 0 for other names.
double int8_products(const char* isa, size_t rounds);

}  // namespace straddle::bench
