// Keys and values into their pages, and attention over them. In a page of the CPU a key is a
// column: keys [page][kv_heads][key_size][64], values [page][kv_heads][64][value_size].
#include <algorithm>
#include <cstring>
#include <limits>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// Element `index` of a cache buffer.
uint8_t* element(const Run& run, uint32_t buffer, KvType type, uint64_t index) {
  return run.machine.buffers[buffer].own.data() + index * (type == KvType::f16 ? 2 : 4);
}

void round_halves(const Run& run, const float* in, uint16_t* out, size_t n) {
  if (run.kernels().to_halves) return run.kernels().to_halves(in, out, n);
  for (size_t i = 0; i < n; ++i) out[i] = quant::to_f16(in[i]);
}

void to_halves(const Run& run, const float* in, uint16_t* out, size_t n) {
  round_halves(run, in, out, n);
  uint16_t infinite = 0;  // a look at all first, which the compiler makes vectors of
  for (size_t i = 0; i < n; ++i) infinite |= uint16_t((out[i] & 0x7fff) == 0x7c00);
  for (size_t i = 0; infinite && i < n; ++i) {
    if (!quant::beyond_f16(in[i], out[i])) continue;
    --out[i];  // below infinity comes the largest
    ++run.room().clamped;
  }
}

// A row's keys of all heads into column `slot` of their pages, its values into row `slot`.
template <class T>
void write_row(const KvCache& cache, const T* keys, const T* values, T* key_pages, T* value_pages,
               uint32_t slot) {
  for (uint32_t c = 0; c < cache.kv_heads * cache.key_size; ++c)
    key_pages[c * kPageTokens + slot] = keys[c];
  for (uint32_t h = 0; h < cache.kv_heads; ++h) {
    T* page = value_pages + size_t(h) * kPageTokens * cache.value_size;
    std::copy_n(values + h * cache.value_size, cache.value_size, page + slot * cache.value_size);
  }
}

void write_row(const Run& run, const KvWrite& op, const KvCache& cache, size_t r) {
  const uint32_t position = run.step.positions[r], slot = position % kPageTokens;
  const uint64_t page =
      uint64_t(run.view(r).pages[position / kPageTokens]) * cache.kv_heads * kPageTokens;
  uint8_t* key_pages = element(run, cache.keys, cache.type, page * cache.key_size);
  uint8_t* value_pages = element(run, cache.values, cache.type, page * cache.value_size);
  const float *keys = run.row(op.keys, r), *values = run.row(op.values, r);
  if (cache.type == KvType::f32) {
    write_row(cache, keys, values, reinterpret_cast<float*>(key_pages),
              reinterpret_cast<float*>(value_pages), slot);
    return;
  }
  const uint32_t n_keys = cache.kv_heads * cache.key_size, n_values = cache.kv_heads * cache.value_size;
  uint16_t* halves = run.room().halves.data();
  to_halves(run, keys, halves, n_keys);
  to_halves(run, values, halves + n_keys, n_values);
  write_row(cache, halves, halves + n_keys, reinterpret_cast<uint16_t*>(key_pages),
            reinterpret_cast<uint16_t*>(value_pages), slot);
}

// Keys that a row sees: first .. last.
struct Span {
  uint32_t first, last;
};

Span seen(const Run& run, const Attend& op, size_t r) {
  const uint32_t p = run.step.positions[r];
  const uint32_t first = op.window > 0 && p + 1 > op.window ? p + 1 - op.window : 0;
  return {first, op.causal ? p : run.view(r).length - 1};
}

// Rows first .. end of one sequence times heads head .. head_end of one kv head.
struct Unit {
  size_t first, end;
  uint32_t head, head_end;
};

// Sets each query's share of the page and hands on those that see it: neighbours, as rows ascend.
void attend_one_page(const Run& run, const Attend& op, const Unit& unit, const PageArgs& page,
                     uint32_t start, std::span<Query> queries) {
  const size_t heads = unit.head_end - unit.head;
  size_t begin = queries.size(), end = 0;
  for (size_t i = 0; i < queries.size(); ++i) {
    const Span s = seen(run, op, unit.first + i / heads);
    if (s.first >= start + kPageTokens || s.last < start) continue;
    queries[i].first = s.first > start ? s.first - start : 0;
    queries[i].last = std::min(s.last - start, kPageTokens - 1);
    begin = std::min(begin, i);
    end = i + 1;
  }
  if (begin < end) run.kernels().attend_page(page, &queries[begin], end - begin);
}

void attend_unit(const Run& run, const Attend& op, const Unit& unit) {
  const KvCache& cache = run.machine.recorded.program.caches[op.cache];
  const uint32_t kv_head = unit.head / (op.heads / cache.kv_heads), heads = unit.head_end - unit.head;
  const std::span<Query> queries(run.room().queries.data(), (unit.end - unit.first) * heads);
  for (size_t i = 0; i < queries.size(); ++i) {
    const size_t r = unit.first + i / heads, head = unit.head + i % heads;
    float* out = run.row(op.out, r) + head * cache.value_size;
    std::fill_n(out, cache.value_size, 0.0f);
    queries[i] = {run.row(op.queries, r) + head * cache.key_size,
                  out,
                  -std::numeric_limits<float>::infinity(),
                  0,
                  0,
                  0};
  }
  const auto& pages = run.view(unit.first).pages;
  const uint32_t begin = seen(run, op, unit.first).first, last = seen(run, op, unit.end - 1).last;
  for (uint32_t p = begin / kPageTokens; p <= last / kPageTokens; ++p) {
    const uint64_t at = (uint64_t(pages[p]) * cache.kv_heads + kv_head) * kPageTokens;
    const PageArgs page{element(run, cache.keys, cache.type, at * cache.key_size),
                        element(run, cache.values, cache.type, at * cache.value_size),
                        cache.type,
                        cache.key_size,
                        cache.value_size,
                        op.scale,
                        op.softcap};
    attend_one_page(run, op, unit, page, p * kPageTokens, queries);
  }
  const float* sinks = run.vector(op.sinks);
  for (size_t i = 0; i < queries.size(); ++i) {
    run.kernels().attend_end(queries[i], cache.value_size,
                             sinks ? sinks + unit.head + i % heads : nullptr);
  }
}

// The end of the rows from `first` on that go together.
size_t end_of_rows(const Run& run, size_t first) {
  size_t end = first + 1;
  const size_t limit = std::min(run.step.tokens.size(), first + kRowsTogether);
  while (end < limit && run.step.sequences[end] == run.step.sequences[first]) ++end;
  return end;
}

}  // namespace

void perform(const Run& run, const KvWrite& op) {
  const Share s = run.share(run.step.tokens.size());
  const KvCache& cache = run.machine.recorded.program.caches[op.cache];
  for (size_t r = s.begin; r < s.end; ++r) write_row(run, op, cache, r);
}

// Parts take units in turn. A unit is a kv head's heads, or single heads where rows are few.
void perform(const Run& run, const Attend& op) {
  const uint32_t kv_heads = run.machine.recorded.program.caches[op.cache].kv_heads;
  const size_t rows = run.step.tokens.size();
  const bool few = rows / kRowsTogether * kv_heads < 2 * run.parts();
  const uint32_t heads = few ? 1 : op.heads / kv_heads;
  size_t turn = 0;
  for (size_t first = 0; first < rows;) {
    const size_t end = end_of_rows(run, first);
    for (uint32_t h = 0; h < op.heads; h += heads) {
      if (turn++ % run.parts() == size_t(run.part)) attend_unit(run, op, {first, end, h, h + heads});
    }
    first = end;
  }
}

}  // namespace straddle::device::cpu
