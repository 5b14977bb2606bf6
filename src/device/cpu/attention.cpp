// Keys and values into their pages, and attention over them (Cache in machine.h).
#include <algorithm>
#include <cstring>
#include <limits>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// Attention walks over a page of keys column by column with a lane per key, so that a score needs no sum
// across lanes. The price is paid when a key is written: one value per cache line.

// Element `index` of the keys or values of a cache.
uint8_t* element(const Memory& memory, KvType type, uint64_t index) {
  return memory.data() + index * bytes_of(type);
}

const KvCache& cache_of(const Task& task, uint32_t index) { return task.program().caches[index]; }

void round_halves(const Task& task, const float* in, uint16_t* out, size_t n) {
  if (task.kernels().to_halves) return task.kernels().to_halves(in, out, n);
  for (size_t i = 0; i < n; ++i) out[i] = quant::to_f16(in[i]);
}

void to_halves(const Task& task, const float* in, uint16_t* out, size_t n) {
  round_halves(task, in, out, n);
  uint16_t infinite = 0;  // a look at all first, which the compiler makes vectors of
  for (size_t i = 0; i < n; ++i) infinite |= uint16_t((out[i] & 0x7fff) == 0x7c00);
  for (size_t i = 0; infinite && i < n; ++i) {
    if (!quant::beyond_f16(in[i], out[i])) continue;
    --out[i];  // below infinity comes the largest
    ++task.room().clamped;
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

void write_row(const Task& task, const KvWrite& op, const KvCache& cache, size_t r) {
  const uint32_t position = task.step.positions[r], slot = position % kPageTokens;
  const uint32_t page = task.view(r).pages[cache.table][position / kPageTokens];
  const uint64_t vector = uint64_t(page) * cache.kv_heads * kPageTokens;
  const Cache& memory = task.machine.caches[cache.cache];
  uint8_t* key_pages = element(memory.keys, cache.type, vector * cache.key_size);
  uint8_t* value_pages = element(memory.values, cache.type, vector * cache.value_size);
  const float *keys = task.row(op.keys, r), *values = task.row(op.values, r);
  if (cache.type == KvType::f32) {
    write_row(cache, keys, values, reinterpret_cast<float*>(key_pages),
              reinterpret_cast<float*>(value_pages), slot);
    return;
  }
  const uint32_t n_keys = cache.kv_heads * cache.key_size, n_values = cache.kv_heads * cache.value_size;
  uint16_t* halves = task.room().halves.data();
  to_halves(task, keys, halves, n_keys);
  to_halves(task, values, halves + n_keys, n_values);
  write_row(cache, halves, halves + n_keys, reinterpret_cast<uint16_t*>(key_pages),
            reinterpret_cast<uint16_t*>(value_pages), slot);
}

// Keys that a row sees: first .. last, both included. Both rise with the rows of a sequence.
struct KeyRange {
  uint32_t first, last;
};

KeyRange seen(const Task& task, const Attend& op, size_t r) {
  const uint32_t p = task.step.positions[r];
  const uint32_t first = op.window > 0 && p + 1 > op.window ? p + 1 - op.window : 0;
  return {first, op.causal ? p : task.view(r).length - 1};
}

// Queries that walk over the same pages together: rows first .. end of one sequence times heads
// head .. head_end of one kv head. A page is read once for all of them.
struct QuerySet {
  size_t first, end;
  uint32_t head, head_end;
};

// Sets the keys of the split that each query sees and hands on the queries that see any: neighbours, as
// rows ascend.
void attend_one_split(const Task& task, const Attend& op, const QuerySet& set, const SplitArgs& split,
                      uint32_t start, std::span<Query> queries) {
  const size_t heads = set.head_end - set.head;
  size_t begin = queries.size(), end = 0;
  for (size_t i = 0; i < queries.size(); ++i) {
    const KeyRange s = seen(task, op, set.first + i / heads);
    if (s.first >= start + kSplitTokens || s.last < start) continue;
    queries[i].first = s.first > start ? s.first - start : 0;
    queries[i].last = std::min(s.last - start, kSplitTokens - 1);
    begin = std::min(begin, i);
    end = i + 1;
  }
  if (begin < end) task.kernels().attend_split(split, &queries[begin], end - begin);
}

// Pages of the split from position `start` on, out of those with keys that the set sees.
void set_pages(const Task& task, const Attend& op, const QuerySet& set, KeyRange keys, uint32_t start,
               SplitArgs& split) {
  const KvCache& cache = cache_of(task, op.cache);
  const uint32_t kv_head = set.head / (op.heads / cache.kv_heads);
  const Cache& memory = task.machine.caches[cache.cache];
  const auto& pages = task.view(set.first).pages[cache.table];
  const uint32_t end = std::min(keys.last, start + kSplitTokens - 1) / kPageTokens;
  for (uint32_t p = std::max(keys.first, start) / kPageTokens; p <= end; ++p) {
    const uint64_t at = (uint64_t(pages[p]) * cache.kv_heads + kv_head) * kPageTokens;
    const uint32_t i = p - start / kPageTokens;
    split.keys[i] = element(memory.keys, cache.type, at * cache.key_size);
    split.values[i] = element(memory.values, cache.type, at * cache.value_size);
  }
}

// Split after split in order of position, from the first key that the first row sees (a window may cut
// off what is before) to the last that the last row does.
void attend_set(const Task& task, const Attend& op, const QuerySet& set) {
  const KvCache& cache = cache_of(task, op.cache);
  const size_t heads = set.head_end - set.head;
  const std::span<Query> queries(task.room().queries.data(), (set.end - set.first) * heads);
  for (size_t i = 0; i < queries.size(); ++i) {
    const size_t r = set.first + i / heads, head = set.head + i % heads;
    float* out = task.row(op.out, r) + head * cache.value_size;
    std::fill_n(out, cache.value_size, 0.0f);
    queries[i] = {task.row(op.queries, r) + head * cache.key_size,
                  out,
                  -std::numeric_limits<float>::infinity(),
                  0,
                  0,
                  0};
  }
  const KeyRange keys{seen(task, op, set.first).first, seen(task, op, set.end - 1).last};
  SplitArgs split{{}, {}, cache.type, cache.key_size, cache.value_size, op.scale, op.softcap};
  for (uint32_t i = keys.first / kSplitTokens; i <= keys.last / kSplitTokens; ++i) {
    set_pages(task, op, set, keys, i * kSplitTokens, split);
    attend_one_split(task, op, set, split, i * kSplitTokens, queries);
  }
  const float* sinks = task.vector(op.sinks);
  for (size_t i = 0; i < queries.size(); ++i) {
    task.kernels().attend_end(queries[i], cache.value_size,
                              sinks ? sinks + set.head + i % heads : nullptr);
  }
}

// The end of the rows from `first` on that go together.
size_t end_of_rows(const Task& task, size_t first) {
  size_t end = first + 1;
  const size_t limit = std::min(task.step.tokens.size(), first + kRowsTogether);
  while (end < limit && task.step.sequences[end] == task.step.sequences[first]) ++end;
  return end;
}

}  // namespace

void perform(const Task& task, const KvWrite& op) {
  const Share s = task.share(task.step.tokens.size());
  const KvCache& cache = cache_of(task, op.cache);
  for (size_t r = s.begin; r < s.end; ++r) write_row(task, op, cache, r);
}

// How many query heads of a kv head go together: as many as share it, which read its pages once, unless
// tasks would wait for each other. Reading a page takes about as long as two heads compute with it.
uint32_t heads_together(uint32_t group, size_t groups, size_t tasks) {
  const auto time = [&](uint32_t heads) {
    const size_t sets = groups * (group / heads);
    return (sets + tasks - 1) / tasks * (2 + heads);
  };
  uint32_t best = group;
  for (uint32_t heads = group; heads > 0; --heads)
    if (group % heads == 0 && time(heads) < time(best)) best = heads;
  return best;
}

// Tasks take query sets in turn.
void perform(const Task& task, const Attend& op) {
  const uint32_t kv_heads = cache_of(task, op.cache).kv_heads;
  const size_t rows = task.step.tokens.size();
  size_t together = 0;  // rows that go together, how many times
  for (size_t first = 0; first < rows; first = end_of_rows(task, first)) ++together;
  const uint32_t heads = heads_together(op.heads / kv_heads, together * kv_heads, size_t(task.tasks()));
  size_t turn = 0;
  for (size_t first = 0; first < rows;) {
    const size_t end = end_of_rows(task, first);
    for (uint32_t h = 0; h < op.heads; h += heads) {
      if (turn++ % task.tasks() == size_t(task.index)) attend_set(task, op, {first, end, h, h + heads});
    }
    first = end;
  }
}

}  // namespace straddle::device::cpu
