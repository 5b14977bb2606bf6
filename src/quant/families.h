// Every function that a family of formats gives to the table in formats.cpp.
//
// NAME_integers unpacks one block. NAME_encode packs one block: its values are finite, `weight`
// says how much each one's error counts (null: as the format thinks best). Rows of several blocks,
// values that are not finite, and dequantizing are made from these in formats.cpp.
#pragma once
#include <cstddef>
#include <cstdint>

#include "quant/quant.h"

namespace straddle::quant {

using UnpackBlock = void (*)(const uint8_t* block, Integers& out);
using EncodeBlock = void (*)(const float* values, const float* weight, uint8_t* block);

// floats.cpp
void f32_dequantize(const uint8_t* blocks, float* values, size_t count);
void f16_dequantize(const uint8_t* blocks, float* values, size_t count);
void bf16_dequantize(const uint8_t* blocks, float* values, size_t count);
void f32_quantize(const float* values, const float* importance, uint8_t* blocks, size_t count);
void f16_quantize(const float* values, const float* importance, uint8_t* blocks, size_t count);
void bf16_quantize(const float* values, const float* importance, uint8_t* blocks, size_t count);

// blocks32.cpp
void q4_0_integers(const uint8_t* block, Integers& out);
void q4_1_integers(const uint8_t* block, Integers& out);
void q5_0_integers(const uint8_t* block, Integers& out);
void q5_1_integers(const uint8_t* block, Integers& out);
void q8_0_integers(const uint8_t* block, Integers& out);
void q4_0_encode(const float* values, const float* weight, uint8_t* block);
void q4_1_encode(const float* values, const float* weight, uint8_t* block);
void q5_0_encode(const float* values, const float* weight, uint8_t* block);
void q5_1_encode(const float* values, const float* weight, uint8_t* block);
void q8_0_encode(const float* values, const float* weight, uint8_t* block);

// k_blocks.cpp
void q2_k_integers(const uint8_t* block, Integers& out);
void q3_k_integers(const uint8_t* block, Integers& out);
void q4_k_integers(const uint8_t* block, Integers& out);
void q5_k_integers(const uint8_t* block, Integers& out);
void q6_k_integers(const uint8_t* block, Integers& out);

// k_encode.cpp
void q2_k_encode(const float* values, const float* weight, uint8_t* block);
void q3_k_encode(const float* values, const float* weight, uint8_t* block);
void q4_k_encode(const float* values, const float* weight, uint8_t* block);
void q5_k_encode(const float* values, const float* weight, uint8_t* block);
void q6_k_encode(const float* values, const float* weight, uint8_t* block);

// iq4.cpp
void iq4_nl_integers(const uint8_t* block, Integers& out);
void iq4_xs_integers(const uint8_t* block, Integers& out);
void iq4_nl_encode(const float* values, const float* weight, uint8_t* block);
void iq4_xs_encode(const float* values, const float* weight, uint8_t* block);

// iq1.cpp, iq2.cpp, iq3.cpp
void iq1_s_integers(const uint8_t* block, Integers& out);
void iq1_m_integers(const uint8_t* block, Integers& out);
void iq2_xxs_integers(const uint8_t* block, Integers& out);
void iq2_xs_integers(const uint8_t* block, Integers& out);
void iq2_s_integers(const uint8_t* block, Integers& out);
void iq3_xxs_integers(const uint8_t* block, Integers& out);
void iq3_s_integers(const uint8_t* block, Integers& out);

// ternary.cpp
void tq1_0_integers(const uint8_t* block, Integers& out);
void tq2_0_integers(const uint8_t* block, Integers& out);

// fp4.cpp
void mxfp4_integers(const uint8_t* block, Integers& out);
void mxfp4_encode(const float* values, const float* weight, uint8_t* block);
void nvfp4_dequantize(const uint8_t* blocks, float* values, size_t count);

// one_two_bits.cpp
void q1_0_dequantize(const uint8_t* blocks, float* values, size_t count);
void q2_0_dequantize(const uint8_t* blocks, float* values, size_t count);

}  // namespace straddle::quant
