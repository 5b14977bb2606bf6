// Stands in for quant/ until its formats are in main: sizes only. To be dropped then.
#include "quant/quant.h"

namespace straddle::quant {
namespace {
struct Size {
  uint32_t type, values, bytes;
};
constexpr Size kSizes[] = {
    {0, 1, 4},     {1, 1, 2},      {2, 32, 18},    {3, 32, 20},    {6, 32, 22},    {7, 32, 24},
    {8, 32, 34},   {10, 256, 84},  {11, 256, 110}, {12, 256, 144}, {13, 256, 176}, {14, 256, 210},
    {16, 256, 66}, {17, 256, 74},  {18, 256, 98},  {19, 256, 50},  {20, 32, 18},   {21, 256, 110},
    {22, 256, 82}, {23, 256, 136}, {24, 1, 1},     {25, 1, 2},     {26, 1, 4},     {27, 1, 8},
    {28, 1, 8},    {29, 256, 56},  {30, 1, 2},     {34, 256, 54},  {35, 256, 66},  {39, 32, 17},
    {40, 64, 36},  {41, 128, 18},  {42, 64, 18}};
const Size* size_of(uint32_t type) {
  for (const Size& row : kSizes)
    if (row.type == type) return &row;
  return nullptr;
}
}  // namespace

Result<Format> format_of_type(uint32_t ggml_type) {
  if (size_of(ggml_type)) return Format(ggml_type);
  return fail(ErrorKind::bad_file, {}, "unknown type " + std::to_string(ggml_type));
}

std::optional<uint64_t> row_bytes(Format format, uint64_t columns) {
  const Size* row = size_of(uint32_t(format));
  uint64_t out;
  if (columns % row->values) return std::nullopt;
  if (__builtin_mul_overflow(columns / row->values, uint64_t(row->bytes), &out)) return std::nullopt;
  return out;
}
}  // namespace straddle::quant
