// Ops in which a row meets only itself: each task takes its share of the rows. It is the same share in
// each of them (Task::share), so that one op after the other needs no barrier (ops/footprint.h). Where a
// Step has one row, one task does all of it: these ops cost little beside the products around them.
#include <cstring>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// f(row) for each of this task's rows.
template <class F>
void each_row(const Task& task, Rows which, F f) {
  const Share s = task.share(task.rows(which));
  for (size_t r = s.begin; r < s.end; ++r) f(r);
}

// The row of the table; check_step has seen that it is there.
uint64_t entry(const Task& task, Embed::By by, size_t r) {
  if (by == Embed::By::token) return uint64_t(uint32_t(task.step.tokens[r]));
  return by == Embed::By::position ? task.step.positions[r] : 0;
}

void rotate(float& a, float& c, const float* angle) {
  const float x = a, y = c, cosine = angle[0], sine = angle[1];
  a = x * cosine - y * sine;
  c = x * sine + y * cosine;
}

void rotate_head(const Rope& op, float* head, const float* angles) {
  const size_t half = op.rotated / 2;
  for (size_t i = 0; i < half; ++i) {
    if (op.neox) {
      rotate(head[i], head[i + half], angles + 2 * i);
    } else {
      rotate(head[2 * i], head[2 * i + 1], angles + 2 * i);
    }
  }
}

}  // namespace

void perform(const Task& task, const Embed& op) {
  const Matrix& table = task.matrix(op.table);
  float* values = task.room().floats.data();
  each_row(task, op.out.rows, [&](size_t r) {
    table.format->dequantize(table.row(entry(task, op.by, r)), values, op.table.columns);
    float* out = task.row(op.out, r);
    for (size_t c = 0; c < op.out.width; ++c) {
      const float v = values[c] * op.scale;
      out[c] = op.add ? v + out[c] : v;
    }
  });
}

void perform(const Task& task, const Norm& op) {
  const float *weight = task.vector(op.weight), *bias = task.vector(op.bias);
  each_row(task, op.in.rows, [&](size_t r) {
    const float* in = task.row(op.in, r);
    float* out = task.row(op.out, r);
    for (size_t c = 0; c < op.in.width; c += op.group) {
      const float* w = weight ? weight + c % op.weight.columns : nullptr;
      const float* b = bias ? bias + c % op.bias.columns : nullptr;
      task.kernels().norm({op.kind, in + c, out + c, w, b, op.eps, op.group});
    }
  });
}

void perform(const Task& task, const Rope& op) {
  each_row(task, op.value.rows, [&](size_t r) {
    const float* angles = task.step.angles[op.angles].data() + r * op.rotated;
    float* row = task.row(op.value, r);
    for (size_t c = op.first; c < op.value.width; c += op.head_size) rotate_head(op, row + c, angles);
  });
}

void perform(const Task& task, const ScaleRows& op) {
  each_row(task, op.value.rows, [&](size_t r) {
    float* row = task.row(op.value, r);
    for (size_t c = 0; c < op.value.width; ++c) row[c] *= task.step.row_factors[r];
  });
}

void perform(const Task& task, const Act& op) {
  each_row(task, op.in.rows, [&](size_t r) {
    task.kernels().act(op.act, task.row(op.in, r), task.row(op.out, r), op.out.width);
  });
}

void perform(const Task& task, const ActGate& op) {
  each_row(task, op.out.rows, [&](size_t r) {
    const float *gate = task.row(op.gate, r), *up = task.row(op.up, r);
    float* out = task.row(op.out, r);
    if (op.gate.width == op.out.width) {
      task.kernels().act_gate(op.act, gate, up, out, op.out.width);
      return;
    }
    float factor;  // one for the row
    task.kernels().act(op.act, gate, &factor, 1);
    for (size_t c = 0; c < op.out.width; ++c) out[c] = factor * up[c];
  });
}

void perform(const Task& task, const ActGateClamped& op) {
  each_row(task, op.out.rows, [&](size_t r) {
    task.kernels().act_gate_clamped(task.row(op.gate, r), task.row(op.up, r), task.row(op.out, r),
                                    op.out.width);
  });
}

void perform(const Task& task, const ExpertSum& op) {
  each_row(task, op.out.rows, [&](size_t r) {
    const float *in = task.row(op.in, r), *weights = task.row(op.weights, r);
    float* out = task.row(op.out, r);
    for (size_t c = 0; c < op.out.width; ++c) {
      float sum = 0;
      for (size_t j = 0; j < op.weights.width; ++j) sum += weights[j] * in[j * op.out.width + c];
      out[c] = sum;
    }
  });
}

// No lanes here: f is one addition or multiplication, which has no order to keep.
// out = f(a, b) column by column; a vector `by` in b's place repeats.
template <class Op, class F>
void pairwise(const Task& task, const Op& op, F f) {
  const float* by = task.vector(op.by);
  const size_t period = by ? op.by.columns : op.out.width;
  each_row(task, op.out.rows, [&](size_t r) {
    const float *a = task.row(op.a, r), *b = by ? by : task.row(op.b, r);
    float* out = task.row(op.out, r);
    for (size_t start = 0; start < op.out.width; start += period) {
      for (size_t c = 0; c < period; ++c) out[start + c] = f(a[start + c], b[c]);
    }
  });
}

void perform(const Task& task, const Add& op) {
  pairwise(task, op, [scale = op.scale](float a, float b) { return a + scale * b; });
}

void perform(const Task& task, const Multiply& op) {
  pairwise(task, op, [](float a, float b) { return a * b; });
}

void perform(const Task& task, const AddGroupDot& op) {
  each_row(task, op.out.rows, [&](size_t r) {
    const float *a = task.row(op.a, r), *b = task.row(op.b, r), *v = task.row(op.v, r);
    float* out = task.row(op.out, r);
    for (size_t g = 0; g < op.out.width; g += op.group) {
      const float sum = task.kernels().dot_f32(a + g, b + g, op.group, op.group);
      for (size_t c = g; c < g + op.group; ++c) out[c] += v[c] * sum;
    }
  });
}

void perform(const Task& task, const Scale& op) {
  each_row(task, op.out.rows, [&](size_t r) {
    const float* in = task.row(op.in, r);
    float* out = task.row(op.out, r);
    for (size_t c = 0; c < op.out.width; ++c) out[c] = in[c] * op.factor;
  });
}

void perform(const Task& task, const Softcap& op) {
  each_row(task, op.out.rows, [&](size_t r) {
    task.kernels().softcap(task.row(op.in, r), task.row(op.out, r), op.cap, op.out.width);
  });
}

void perform(const Task& task, const Regroup& op) {
  each_row(task, op.in.rows, [&](size_t r) {
    const float* in = task.row(op.in, r) + op.in_first;
    float* out = task.row(op.out, r) + op.out_first;
    for (size_t i = 0; i < op.groups; ++i) {
      std::memcpy(out + i * op.out_pitch, in + i * op.in_pitch, op.width * sizeof(float));
    }
  });
}

void perform(const Task& task, const Gather& op) {
  each_row(task, op.out.rows, [&](size_t r) {
    std::memcpy(task.row(op.out, r), task.row(op.in, task.step.wanted[r]), op.out.width * sizeof(float));
  });
}

}  // namespace straddle::device::cpu
