// The formulas of ops.h as plain loops. Sums are double, values float.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "device/reference/machine.h"

namespace straddle::device::reference {
namespace {

using namespace ops;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double activate(Activation act, double x) {
  switch (act) {
    case Activation::silu:
      return x * sigmoid(x);
    case Activation::gelu:
      return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    case Activation::relu2:
      return x < 0 ? 0 : x * x;
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::tanh:
      return std::tanh(x);
    case Activation::softplus:
      return x > 30 ? x : std::log1p(std::exp(x));
    case Activation::exp:
      return std::exp(x);
    case Activation::decay:
      return std::exp(-0.606531 * sigmoid(x));
  }
  return x;
}

void softmax(std::span<double> x) {
  const double top = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (double& v : x) sum += v = std::exp(v - top);
  for (double& v : x) v /= sum;
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * b[i];
  return sum;
}

// out[c] = f(c) for every column of every row.
template <class F>
void each(const Operands& operands, const Value& out, F f) {
  for (size_t r = 0; r < operands.rows(out); ++r) {
    const auto row = operands.row(out, r);
    for (size_t c = 0; c < row.size(); ++c) row[c] = float(f(r, c));
  }
}

// int32 ids in the cells of a float value.
int32_t id_at(std::span<const float> cells, size_t i) {
  int32_t id;
  std::memcpy(&id, &cells[i], 4);
  return id;
}

void perform(const Operands& operands, const Embed& op) {
  std::vector<float> entry(op.table.columns);
  for (size_t r = 0; r < operands.rows(op.out); ++r) {
    const uint64_t i = op.by == Embed::By::token      ? uint64_t(operands.step.tokens[r])
                       : op.by == Embed::By::position ? operands.step.positions[r]
                                                      : 0;
    operands.weights(op.table, 0, i, entry);
    auto out = operands.row(op.out, r);
    for (size_t c = 0; c < out.size(); ++c) out[c] = entry[c] * op.scale + (op.add ? out[c] : 0);
  }
}

void normalise(const Norm& op, std::span<float> x) {
  double mean = 0, squares = 0;
  if (op.kind == Norm::Kind::layer) {
    for (float v : x) mean += v;
    mean /= double(x.size());
  }
  for (float v : x) squares += (v - mean) * (v - mean);
  const double spread = op.kind == Norm::Kind::l2 ? squares : squares / double(x.size());
  for (float& v : x) v = float((v - mean) / std::sqrt(spread + op.eps));
}

void perform(const Operands& operands, const Norm& op) {
  const auto weight = operands.vector(op.weight), bias = operands.vector(op.bias);
  for (size_t r = 0; r < operands.rows(op.in); ++r) {
    const auto in = operands.row(op.in, r), out = operands.row(op.out, r);
    std::copy(in.begin(), in.end(), out.begin());
    for (size_t c = 0; c < out.size(); c += op.group) normalise(op, out.subspan(c, op.group));
    for (size_t c = 0; c < out.size(); ++c) {
      if (!weight.empty()) out[c] *= weight[c % weight.size()];
      if (!bias.empty()) out[c] += bias[c % bias.size()];
    }
  }
}

// MatMul or Join: column `at` of its output, once all segments are added up.
template <class Product>
float finish(const Product& op, std::span<const float> bias, size_t at, float sum) {
  return float(double(op.scale) * sum + (bias.empty() ? 0 : bias[at]));
}

// The sums of the segments of a row, each as float.
std::vector<float> segment_sums(const Weight& w, std::span<const float> weights,
                                std::span<const float> in) {
  std::vector<float> sums;
  const size_t segment = segment_columns(w);
  for (size_t c = 0; c < weights.size(); c += segment) {
    const size_t n = std::min(segment, weights.size() - c);
    sums.push_back(float(dot(weights.subspan(c, n), in.subspan(c, n))));
  }
  return sums;
}

// Row `row` of the `rows` of a product: its finished or running sum, or its segments, a slice each.
// finish(sum): scale and bias.
template <class F>
void put(Sum kind, std::span<const float> sums, std::span<float> out, size_t row, size_t rows,
         F finish) {
  if (kind == Sum::apart) {
    for (size_t s = 0; s < sums.size(); ++s) out[s * rows + row] = sums[s];
  } else {
    out[row] = finish(std::accumulate(sums.begin(), sums.end(), 0.0f));
  }
}

void perform(const Operands& operands, const MatMul& op) {
  std::vector<float> weight(op.weight.columns);
  const auto bias = operands.vector(op.bias);
  for (uint32_t m = 0; m < op.weight.matrices; ++m) {
    for (uint32_t o = 0; o < op.weight.rows; ++o) {
      operands.weights(op.weight, m, o, weight);
      const size_t at = size_t(m) * op.weight.rows + o;
      for (size_t r = 0; r < operands.rows(op.in); ++r) {
        const auto in = operands.row(op.in, r).subspan(size_t(m) * weight.size(), weight.size());
        put(op.sum, segment_sums(op.weight, weight, in), operands.row(op.out, r), at, op.weight.rows,
            [&](float sum) { return finish(op, bias, at, sum); });
      }
    }
  }
}

// running [rows] and the slices of apart, in order.
float joined(float running, std::span<const float> apart, size_t row, size_t rows) {
  for (size_t at = row; at < apart.size(); at += rows) running += apart[at];
  return running;
}

void perform(const Operands& operands, const Join& op) {
  const auto bias = operands.vector(op.bias);
  each(operands, op.out, [&](size_t r, size_t c) {
    const auto apart = op.apart.width > 0 ? operands.row(op.apart, r) : std::span<float>();
    return finish(op, bias, c, joined(operands.row(op.running, r)[c], apart, c, op.out.width));
  });
}

void perform(const Operands& operands, const Rope& op) {
  const size_t half = op.rotated / 2;
  for (size_t r = 0; r < operands.rows(op.value); ++r) {
    const float* angles = operands.step.angles[op.angles].data() + r * op.rotated;
    const auto row = operands.row(op.value, r);
    for (size_t head = op.first; head < row.size(); head += op.head_size) {
      for (size_t i = 0; i < half; ++i) {
        float& a = row[head + (op.neox ? i : 2 * i)];
        float& c = row[head + (op.neox ? i + half : 2 * i + 1)];
        const double x = a, y = c, cosine = angles[2 * i], sine = angles[2 * i + 1];
        a = float(x * cosine - y * sine);
        c = float(x * sine + y * cosine);
      }
    }
  }
}

void perform(const Operands& operands, const ScaleRows& op) {
  for (size_t r = 0; r < operands.rows(op.value); ++r) {
    for (float& v : operands.row(op.value, r)) v *= operands.step.row_factors[r];
  }
}

void perform(const Operands& operands, const KvWrite& op) {
  const KvCache& cache = operands.program.caches[op.cache];
  Cache& memory = operands.cache(cache);
  for (size_t r = 0; r < operands.rows(op.keys); ++r) {
    const auto keys = operands.row(op.keys, r), values = operands.row(op.values, r);
    for (uint32_t h = 0; h < cache.kv_heads; ++h) {
      const uint64_t k = operands.kv_index(r, operands.step.positions[r], h, cache, cache.key_size);
      const uint64_t v = operands.kv_index(r, operands.step.positions[r], h, cache, cache.value_size);
      for (uint32_t c = 0; c < cache.key_size; ++c) {
        operands.write_kv(memory.keys, cache.type, k + c, keys[h * cache.key_size + c]);
      }
      for (uint32_t c = 0; c < cache.value_size; ++c) {
        operands.write_kv(memory.values, cache.type, v + c, values[h * cache.value_size + c]);
      }
    }
  }
}

void attend_head(const Operands& operands, const Attend& op, size_t r, uint32_t head, float sink) {
  const KvCache& cache = operands.program.caches[op.cache];
  const Cache& memory = operands.cache(cache);
  const uint32_t kv_head = head / (op.heads / cache.kv_heads), p = operands.step.positions[r];
  const uint32_t end = op.causal ? p + 1 : operands.sequence_length(r);
  const uint32_t begin = op.window > 0 && p + 1 > op.window ? p + 1 - op.window : 0;
  const auto q = operands.row(op.queries, r).subspan(size_t(head) * cache.key_size, cache.key_size);
  std::vector<double> scores(end - begin);
  for (uint32_t j = begin; j < end; ++j) {
    const uint64_t k = operands.kv_index(r, j, kv_head, cache, cache.key_size);
    double s = 0;
    for (uint32_t c = 0; c < q.size(); ++c) s += double(q[c]) * read_kv(memory.keys, cache.type, k + c);
    s *= op.scale;
    scores[j - begin] = op.softcap > 0 ? op.softcap * std::tanh(s / op.softcap) : s;
  }
  if (op.sinks) scores.push_back(sink);
  softmax(scores);
  const auto out = operands.row(op.out, r).subspan(size_t(head) * cache.value_size, cache.value_size);
  for (uint32_t c = 0; c < out.size(); ++c) {
    double sum = 0;
    for (uint32_t j = begin; j < end; ++j) {
      const uint64_t v = operands.kv_index(r, j, kv_head, cache, cache.value_size);
      sum += scores[j - begin] * read_kv(memory.values, cache.type, v + c);
    }
    out[c] = float(sum);
  }
}

void perform(const Operands& operands, const Attend& op) {
  const auto sinks = operands.vector(op.sinks);
  for (size_t r = 0; r < operands.rows(op.queries); ++r) {
    for (uint32_t h = 0; h < op.heads; ++h)
      attend_head(operands, op, r, h, sinks.empty() ? 0 : sinks[h]);
  }
}

void perform(const Operands& operands, const Act& op) {
  each(operands, op.out,
       [&](size_t r, size_t c) { return activate(op.act, operands.row(op.in, r)[c]); });
}

void perform(const Operands& operands, const ActGate& op) {
  for (size_t r = 0; r < operands.rows(op.out); ++r) {
    const auto gate = operands.row(op.gate, r), up = operands.row(op.up, r),
               out = operands.row(op.out, r);
    const double one = activate(op.act, gate[0]);  // before out, which may be the same place
    for (size_t c = 0; c < out.size(); ++c) {
      out[c] = float((gate.size() == 1 ? one : activate(op.act, gate[c])) * up[c]);
    }
  }
}

void perform(const Operands& operands, const ActGateClamped& op) {
  each(operands, op.out, [&](size_t r, size_t c) {
    const double g = std::min(operands.row(op.gate, r)[c], 7.0f);
    const double u = std::clamp(operands.row(op.up, r)[c], -7.0f, 7.0f);
    return g * sigmoid(1.702 * g) * (u + 1);
  });
}

// Scores of experts outside the best groups become -infinity.
void keep_best_groups(const Route& op, std::span<double> scores) {
  const size_t size = scores.size() / op.groups;
  std::vector<std::pair<double, size_t>> order;
  for (size_t g = 0; g < op.groups; ++g) {
    std::vector<double> group(scores.begin() + long(g * size), scores.begin() + long((g + 1) * size));
    std::sort(group.begin(), group.end(), std::greater<>());
    order.emplace_back(-(group[0] + (size > 1 ? group[1] : 0)), g);
  }
  std::sort(order.begin(), order.end());
  for (size_t i = op.groups_used; i < order.size(); ++i) {
    auto dropped = scores.subspan(order[i].second * size, size);
    std::fill(dropped.begin(), dropped.end(), -std::numeric_limits<double>::infinity());
  }
}

void route_row(const Route& op, std::span<const float> logits, std::span<const float> bias,
               std::span<float> ids, std::span<float> weights) {
  std::vector<double> p(logits.begin(), logits.end());
  if (op.gate == Route::Gate::softmax) softmax(p);
  if (op.gate == Route::Gate::sigmoid) std::transform(p.begin(), p.end(), p.begin(), sigmoid);
  std::vector<double> score = p;
  for (size_t e = 0; e < bias.size(); ++e) score[e] += bias[e];
  for (size_t e = 0; e < p.size(); ++e) {
    if (!std::isnan(score[e])) continue;
    p[e] = score[e];
    score[e] = std::numeric_limits<double>::infinity();
  }
  if (op.groups > 1) keep_best_groups(op, score);
  std::vector<int32_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return score[size_t(a)] > score[size_t(b)]; });
  std::vector<double> w(ids.size());
  for (size_t j = 0; j < w.size(); ++j) w[j] = p[size_t(order[j])];
  if (op.gate == Route::Gate::softmax_later) softmax(w);
  const double sum =
      op.normalise ? std::max(std::accumulate(w.begin(), w.end(), 0.0), 6.103515625e-5) : 1;
  for (size_t j = 0; j < w.size(); ++j) {
    weights[j] = float(w[j] / sum * op.scale);
    std::memcpy(&ids[j], &order[j], 4);
  }
}

void perform(const Operands& operands, const Route& op) {
  const auto bias = operands.vector(op.bias);
  for (size_t r = 0; r < operands.rows(op.logits); ++r) {
    route_row(op, operands.row(op.logits, r), bias, operands.row(op.ids, r),
              operands.row(op.weights, r));
  }
}

// ExpertMatMul or ExpertJoin: row `row` of the `rows` of expert e, once all segments are added up.
float finish(std::span<const float> bias, std::span<const float> scale, size_t e, size_t row,
             size_t rows, float sum) {
  const size_t at = e * rows + row;
  return float((double(sum) + (at < bias.size() ? bias[at] : 0)) * (e < scale.size() ? scale[e] : 1));
}

// One slice of one row, expert e of those that are here.
void multiply_expert(const Operands& operands, const ExpertMatMul& op, size_t e,
                     std::span<const float> in, std::span<float> out) {
  std::vector<float> weight(op.weight.columns);
  const auto bias = operands.vector(op.bias), scale = operands.vector(op.scale);
  const size_t rows = op.weight.rows;
  for (size_t o = 0; o < rows; ++o) {
    operands.weights(op.weight, e, o, weight);
    put(op.sum, segment_sums(op.weight, weight, in), out, o, rows,
        [&](float sum) { return finish(bias, scale, e, o, rows, sum); });
  }
}

void perform(const Operands& operands, const ExpertMatMul& op) {
  const size_t columns = op.weight.columns, width = op.out.width / op.ids.width;
  for (size_t r = 0; r < operands.rows(op.in); ++r) {
    const auto in = operands.row(op.in, r);
    for (size_t j = 0; j < op.ids.width; ++j) {
      const uint32_t e =
          uint32_t(id_at(operands.row(op.ids, r), j)) - op.first;  // wraps below the first
      const auto x = in.subspan(in.size() == columns ? 0 : j * columns, columns);
      const auto out = operands.row(op.out, r).subspan(j * width, width);
      if (e < op.weight.matrices) {
        multiply_expert(operands, op, e, x, out);
      } else {
        std::fill(out.begin(), out.end(), 0.0f);
      }
    }
  }
}

void perform(const Operands& operands, const ExpertJoin& op) {
  const auto bias = operands.vector(op.bias), scale = operands.vector(op.scale);
  const size_t rows = op.out.width / op.ids.width, slices = op.apart.width / op.ids.width;
  each(operands, op.out, [&](size_t r, size_t c) {
    const size_t j = c / rows, row = c % rows;
    const auto apart =
        slices > 0 ? operands.row(op.apart, r).subspan(j * slices, slices) : std::span<float>();
    const float sum = joined(operands.row(op.running, r)[c], apart, row, rows);
    return finish(bias, scale, uint32_t(id_at(operands.row(op.ids, r), j)), row, rows, sum);
  });
}

void perform(const Operands& operands, const ExpertSum& op) {
  each(operands, op.out, [&](size_t r, size_t c) {
    double sum = 0;
    for (size_t j = 0; j < op.weights.width; ++j) {
      sum += double(operands.row(op.weights, r)[j]) * operands.row(op.in, r)[j * op.out.width + c];
    }
    return sum;
  });
}

void perform(const Operands& operands, const Add& op) {
  const auto by = operands.vector(op.by);
  each(operands, op.out, [&](size_t r, size_t c) {
    const double b = by.empty() ? operands.row(op.b, r)[c] : by[c % by.size()];
    return operands.row(op.a, r)[c] + op.scale * b;
  });
}

void perform(const Operands& operands, const Multiply& op) {
  const auto by = operands.vector(op.by);
  each(operands, op.out, [&](size_t r, size_t c) {
    return operands.row(op.a, r)[c] * (by.empty() ? operands.row(op.b, r)[c] : by[c % by.size()]);
  });
}

void perform(const Operands& operands, const AddGroupDot& op) {
  for (size_t r = 0; r < operands.rows(op.out); ++r) {
    const auto a = operands.row(op.a, r), b = operands.row(op.b, r), v = operands.row(op.v, r),
               out = operands.row(op.out, r);
    for (size_t g = 0; g < out.size(); g += op.group) {
      const double sum = dot(a.subspan(g, op.group), b.subspan(g, op.group));
      for (size_t c = g; c < g + op.group; ++c) out[c] = float(out[c] + v[c] * sum);
    }
  }
}

void perform(const Operands& operands, const Scale& op) {
  each(operands, op.out, [&](size_t r, size_t c) { return operands.row(op.in, r)[c] * op.factor; });
}

void perform(const Operands& operands, const Softcap& op) {
  each(operands, op.out, [&](size_t r, size_t c) {
    return op.cap * std::tanh(double(operands.row(op.in, r)[c]) / op.cap);
  });
}

void perform(const Operands& operands, const Regroup& op) {
  for (size_t r = 0; r < operands.rows(op.in); ++r) {
    const auto in = operands.row(op.in, r), out = operands.row(op.out, r);
    for (size_t i = 0; i < op.groups; ++i) {
      const auto from = in.subspan(i * op.in_pitch + op.in_first, op.width);
      std::copy(from.begin(), from.end(), out.begin() + long(i * op.out_pitch + op.out_first));
    }
  }
}

void perform(const Operands& operands, const Gather& op) {
  each(operands, op.out,
       [&](size_t r, size_t c) { return operands.row(op.in, operands.step.wanted[r])[c]; });
}

void perform(const Operands& operands, const Conv& op) {
  const size_t width = op.width, kept = width - 1;
  std::vector<float> taps(width);
  const auto bias = operands.vector(op.bias);
  for (size_t r = 0; r < operands.rows(op.in); ++r) {
    float* state = operands.state(op.state, r);  // [columns][kept], oldest first
    const auto in = operands.row(op.in, r), out = operands.row(op.out, r);
    for (size_t c = 0; c < in.size(); ++c) {
      operands.weights(op.taps, 0, c, taps);
      float* past = state + c * kept;
      const float now = in[c];
      double sum = bias.empty() ? 0 : bias[c];
      for (size_t j = 0; j < kept; ++j) sum += double(taps[j]) * past[j];
      sum += double(taps[kept]) * now;
      out[c] = float(op.silu ? activate(Activation::silu, sum) : sum);
      if (kept == 0) continue;
      std::copy(past + 1, past + kept, past);
      past[kept - 1] = now;
    }
  }
}

void perform(const Operands& operands, const Shift& op) {
  for (size_t r = 0; r < operands.rows(op.in); ++r) {
    float* last = operands.state(op.state, r);
    const auto in = operands.row(op.in, r), out = operands.row(op.out, r);
    for (size_t c = 0; c < in.size(); ++c) {
      const float now = in[c];
      out[c] = last[c];
      last[c] = now;
    }
  }
}

void perform(const Operands& operands, const ScanMamba& op) {
  const size_t n = op.b.width;
  std::vector<float> a(n);
  const auto d = operands.vector(op.d);
  for (size_t r = 0; r < operands.rows(op.u); ++r) {
    float* state = operands.state(op.state, r);
    const auto u = operands.row(op.u, r), dt = operands.row(op.dt, r), b = operands.row(op.b, r),
               c = operands.row(op.c, r);
    for (size_t i = 0; i < u.size(); ++i) {
      operands.weights(op.a, 0, i, a);
      double sum = 0;
      for (size_t j = 0; j < n; ++j) {
        float& s = state[i * n + j];
        s = float(std::exp(double(dt[i]) * a[j]) * s + double(dt[i]) * u[i] * b[j]);
        sum += double(s) * c[j];
      }
      operands.row(op.out, r)[i] = float(sum + double(u[i]) * d[i]);
    }
  }
}

void delta_head(const ScanDelta& op, float* s, std::span<const float> q, std::span<const float> k,
                std::span<const float> v, double beta, double decay, std::span<float> out) {
  const size_t n = op.head_size;
  for (size_t j = 0; j < n; ++j) {  // value column
    double seen = 0, sum = 0;
    for (size_t i = 0; i < n; ++i) seen += (s[i * n + j] = float(decay * s[i * n + j])) * double(k[i]);
    const double change = beta * (v[j] - seen);
    for (size_t i = 0; i < n; ++i) {
      s[i * n + j] = float(s[i * n + j] + k[i] * change);
      sum += double(s[i * n + j]) * q[i];
    }
    out[j] = float(sum);
  }
}

void perform(const Operands& operands, const ScanDelta& op) {
  const size_t n = op.head_size;
  for (size_t r = 0; r < operands.rows(op.q); ++r) {
    for (size_t h = 0; h < op.value_heads; ++h) {
      const size_t key = op.interleaved ? h % op.key_heads : h / (op.value_heads / op.key_heads);
      delta_head(op, operands.state(op.state, r) + h * n * n, operands.row(op.q, r).subspan(key * n, n),
                 operands.row(op.k, r).subspan(key * n, n), operands.row(op.v, r).subspan(h * n, n),
                 operands.row(op.beta, r)[h], operands.row(op.decay, r)[h],
                 operands.row(op.out, r).subspan(h * n, n));
    }
  }
}

void perform(const Operands& operands, const ScanRwkv& op) {
  const size_t n = op.head_size;
  for (size_t row = 0; row < operands.rows(op.r); ++row) {
    const auto r = operands.row(op.r, row), w = operands.row(op.w, row), k = operands.row(op.k, row),
               v = operands.row(op.v, row), kk = operands.row(op.kk, row), a = operands.row(op.a, row),
               out = operands.row(op.out, row);
    for (size_t i = 0; i < v.size(); ++i) {  // value row i of head i / n
      float* s = operands.state(op.state, row) + i * n;
      const size_t head = i / n * n;
      double removed = 0, sum = 0;
      for (size_t j = 0; j < n; ++j) removed -= double(s[j]) * kk[head + j];
      for (size_t j = 0; j < n; ++j) {
        const size_t c = head + j;
        s[j] = float(double(s[j]) * w[c] + double(v[i]) * k[c] + removed * kk[c] * a[c]);
        sum += double(s[j]) * r[c];
      }
      out[i] = float(sum);
    }
  }
}

template <class Any>
Status execute(const Operands& operands, const Any& op) {
  perform(operands, op);
  return {};
}

Status execute(const Operands& operands, const Send& op) {
  Ring& ring = *operands.step.rings[op.ring];
  const auto slot = ring.await_free();
  if (slot.empty()) return another_device_failed();
  for (size_t r = 0; r < operands.rows(op.value); ++r) {
    const auto row = operands.row(op.value, r);
    std::copy(row.begin(), row.end(), slot.begin() + long(r * row.size()));
  }
  ring.sent();
  return {};
}

Status execute(const Operands& operands, const Receive& op) {
  Ring& ring = *operands.step.rings[op.ring];
  const auto slot = ring.await_sent();
  if (slot.empty()) return another_device_failed();
  for (size_t r = 0; r < operands.rows(op.value); ++r) {
    const auto row = operands.row(op.value, r);
    std::copy_n(slot.begin() + long(r * row.size()), row.size(), row.begin());
  }
  ring.taken();
  return {};
}

}  // namespace

Status execute(const Operands& operands, const Op& op) {
  return std::visit([&](const auto& one) { return execute(operands, one); }, op);
}

}  // namespace straddle::device::reference
