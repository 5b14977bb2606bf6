// Ops that carry a state from token to token: rows in order, columns or heads shared by tasks. A task
// does all rows for its columns, so nobody waits between rows; the state that it works on is small and
// stays in the nearest cache from row to row.
#include <algorithm>
#include <cstring>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// Channel c of a convolution: state [columns][width - 1], oldest first. Taps in order, bias first.
float convolve(const float* taps, float bias, float* past, size_t kept, float now) {
  float sum = bias;
  for (size_t j = 0; j < kept; ++j) sum += taps[j] * past[j];
  sum += taps[kept] * now;
  for (size_t j = 0; j + 1 < kept; ++j) past[j] = past[j + 1];
  if (kept > 0) past[kept - 1] = now;
  return sum;
}

// S[key][value]: decays, sees k, learns v, answers q. Keys in order for each value column.
// work: [2 * n].
void delta_head(float* s, size_t n, const float* q, const float* k, const float* v, float beta,
                float decay, float* out, float* work) {
  float *seen = work, *change = work + n;
  std::fill_n(seen, n, 0.0f);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      s[i * n + j] *= decay;
      seen[j] += s[i * n + j] * k[i];
    }
  }
  for (size_t j = 0; j < n; ++j) change[j] = beta * (v[j] - seen[j]);
  std::fill_n(seen, n, 0.0f);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      s[i * n + j] += k[i] * change[j];
      seen[j] += s[i * n + j] * q[i];
    }
  }
  std::copy_n(seen, n, out);
}

}  // namespace

void perform(const Task& task, const Conv& op) {
  const size_t kept = op.width - 1, rows = task.rows(op.in.rows);
  const float *taps = task.vector(op.taps), *bias = task.vector(op.bias);
  const Share s = task.share(op.in.width);
  if (s.begin == s.end) return;
  for (size_t r = 0; r < rows; ++r) {
    float* state = task.state(op.state, r);
    const float* in = task.row(op.in, r);
    float* out = task.row(op.out, r);
    for (size_t c = s.begin; c < s.end; ++c) {
      out[c] = convolve(taps + c * op.width, bias ? bias[c] : 0.0f, state + c * kept, kept, in[c]);
    }
    if (op.silu) task.kernels().act(Activation::silu, out + s.begin, out + s.begin, s.end - s.begin);
  }
}

void perform(const Task& task, const Shift& op) {
  const Share s = task.share(op.in.width);
  for (size_t r = 0; r < task.rows(op.in.rows); ++r) {
    float* last = task.state(op.state, r);
    const float* in = task.row(op.in, r);
    float* out = task.row(op.out, r);
    for (size_t c = s.begin; c < s.end; ++c) {
      const float now = in[c];
      out[c] = last[c];
      last[c] = now;
    }
  }
}

// Inner channels are independent: each has n values of state, decayed by exp(dt * a) one by one.
void perform(const Task& task, const ScanMamba& op) {
  const size_t n = op.b.width;
  const float *a = task.vector(op.a), *d = task.vector(op.d);
  const Kernels& k = task.kernels();
  float* decay = task.room().floats.data();
  const Share s = task.share(op.u.width);
  for (size_t r = 0; r < task.rows(op.u.rows); ++r) {
    float* state = task.state(op.state, r);
    const float *u = task.row(op.u, r), *dt = task.row(op.dt, r), *b = task.row(op.b, r),
                *c = task.row(op.c, r);
    for (size_t i = s.begin; i < s.end; ++i) {
      const float step = dt[i] * u[i];
      for (size_t j = 0; j < n; ++j) decay[j] = dt[i] * a[i * n + j];
      k.exp_below(decay, 0.0f, decay, n);
      for (size_t j = 0; j < n; ++j) state[i * n + j] = decay[j] * state[i * n + j] + step * b[j];
      task.row(op.out, r)[i] = k.dot_f32(state + i * n, c, n, n) + u[i] * d[i];
    }
  }
}

// By value heads: a head's state is n x n, and every column of it needs the whole key.
void perform(const Task& task, const ScanDelta& op) {
  const size_t n = op.head_size;
  const Share s = task.share(op.value_heads);
  for (size_t r = 0; r < task.rows(op.q.rows); ++r) {
    for (size_t h = s.begin; h < s.end; ++h) {
      const size_t key = op.interleaved ? h % op.key_heads : h / (op.value_heads / op.key_heads);
      delta_head(task.state(op.state, r) + h * n * n, n, task.row(op.q, r) + key * n,
                 task.row(op.k, r) + key * n, task.row(op.v, r) + h * n, task.row(op.beta, r)[h],
                 task.row(op.decay, r)[h], task.row(op.out, r) + h * n, task.room().floats.data());
    }
  }
}

// By rows of the state, which are independent: a head is shared by tasks too.
// Row i of S [value][key] in one pass each: what is removed, the new row, the answer.
void perform(const Task& task, const ScanRwkv& op) {
  const size_t n = op.head_size;
  const Kernels& kernels = task.kernels();
  const Share share = task.share(op.v.width);
  for (size_t row = 0; row < task.rows(op.r.rows); ++row) {
    for (size_t i = share.begin; i < share.end; ++i) {
      const size_t head = i / n * n;
      float* s = task.state(op.state, row) + i * n;
      const float *w = task.row(op.w, row) + head, *k = task.row(op.k, row) + head,
                  *kk = task.row(op.kk, row) + head, *a = task.row(op.a, row) + head;
      const float v = task.row(op.v, row)[i];
      const float removed = -kernels.dot_f32(s, kk, n, n);
      for (size_t j = 0; j < n; ++j) s[j] = (s[j] * w[j] + v * k[j]) + removed * (kk[j] * a[j]);
      task.row(op.out, row)[i] = kernels.dot_f32(s, task.row(op.r, row) + head, n, n);
    }
  }
}

}  // namespace straddle::device::cpu
