#include "model/describe/reader.h"

#include <algorithm>
#include <cmath>

namespace straddle::model {
namespace {

std::string shape_text(std::initializer_list<uint64_t> shape) {
  std::string out = "{";
  for (uint64_t n : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(n);
  return out + "}";
}

}  // namespace

Reader::Reader(const gguf::File& f, const Architecture& a, bool header)
    : file(f), architecture(a), header_only(header), taken_(f.tensors().size()) {}

void Reader::refuse(std::string where, std::string what) {
  if (!error_)
    error_ = Error{ErrorKind::bad_file, file.path() + ": " + std::move(where), std::move(what), {}};
}

void Reader::refuse_key(std::string_view name, std::string what) { refuse(key(name), std::move(what)); }

void Reader::refuse_width(std::string_view name, uint64_t each, uint64_t times) {
  const std::string product = times > 1 ? std::to_string(times) + " x " : "";
  refuse(prefix_ + std::string(name), product + std::to_string(each) +
                                          " values for a token are more than " +
                                          std::to_string(kWidestValue));
}

template <class T>
T Reader::take(Result<T> result) {
  if (result) return std::move(*result);
  if (!error_) error_ = std::move(result.error());
  return T{};
}

std::string Reader::key(std::string_view name) const {
  return std::string(architecture.name) + "." + std::string(name);
}

bool Reader::has_key(std::string_view name) const { return file.find(key(name)) != nullptr; }

uint32_t Reader::count(std::string_view name, uint64_t limit) {
  const uint64_t value = take(file.integer(key(name)));
  if (value > limit) refuse(key(name), std::to_string(value) + " is more than " + std::to_string(limit));
  return value > limit ? 0 : uint32_t(value);
}

uint32_t Reader::count(std::string_view name, uint64_t limit, uint32_t fallback) {
  return has_key(name) ? count(name, limit) : fallback;
}

float Reader::number(std::string_view name) {
  const double value = take(file.number(key(name)));
  if (!std::isfinite(float(value))) refuse(key(name), "not a finite number");
  return float(value);
}

float Reader::number(std::string_view name, double fallback) {
  return has_key(name) ? number(name) : float(fallback);
}

bool Reader::flag(std::string_view name, bool fallback) {
  return take(file.boolean(key(name), fallback));
}

std::string Reader::text(std::string_view name, std::string_view fallback) {
  return std::string(take(file.string(key(name), fallback)));
}

std::vector<uint32_t> Reader::per_layer(std::string_view name, uint32_t layers, uint32_t fallback,
                                        uint64_t limit) {
  std::vector<uint32_t> out(layers, fallback);
  if (!has_key(name)) return out;
  const auto values = take(file.integers(key(name)));
  if (values.size() != 1 && values.size() != layers) {
    refuse(key(name),
           std::to_string(values.size()) + " values for " + std::to_string(layers) + " layers");
    return out;
  }
  for (uint32_t i = 0; i < layers; ++i) {
    const int64_t value = values[values.size() == 1 ? 0 : i];
    if (value < 0 || uint64_t(value) > limit) {
      refuse(key(name), std::to_string(value) + " is not in 0 .. " + std::to_string(limit));
      return out;
    }
    out[i] = uint32_t(value);
  }
  return out;
}

void Reader::set_layer(uint32_t layer) { prefix_ = "blk." + std::to_string(layer) + "."; }

const gguf::Tensor* Reader::find(std::string_view name) const {
  return file.tensor(prefix_ + std::string(name));
}

bool Reader::has(std::string_view name) const { return find(name) != nullptr; }

uint64_t Reader::dimension(std::string_view name, uint32_t i) const {
  const auto* tensor = find(name);
  return tensor ? tensor->shape[i] : 0;
}

TensorRef Reader::reference(const gguf::Tensor& t) {
  TensorRef out;
  out.tensor = uint32_t(&t - file.tensors().data());
  taken_[out.tensor] = true;
  out.format = t.format;
  out.columns = out.all_columns = uint32_t(t.shape[0]);
  out.rows = uint32_t(t.shape[1]);
  out.matrix_rows = t.shape[1];
  out.matrices = uint32_t(t.shape[2]);
  return out;
}

TensorRef Reader::matrix(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices) {
  const auto* t = find(name);
  if (!t) {
    refuse(prefix_ + std::string(name), "tensor is missing");
    return {};
  }
  const bool fits =
      t->shape[0] == columns && t->shape[1] == rows && t->shape[2] == matrices && t->shape[3] == 1;
  if (!fits || columns == 0 || (columns | rows | matrices) >> 31 != 0) {
    refuse(std::string(t->name), "shape is " +
                                     shape_text({t->shape[0], t->shape[1], t->shape[2], t->shape[3]}) +
                                     ", expected " + shape_text({columns, rows, matrices}));
    return {};
  }
  if (!quant::traits(t->format).dequantize) {
    refuse(std::string(t->name),
           "format " + std::string(quant::traits(t->format).name) + " cannot be a weight");
    return {};
  }
  return reference(*t);
}

// A vector's own shape may be {n}, {n, 1, m} and the like: what counts is the number of values.
TensorRef Reader::vector(std::string_view name, uint64_t size) {
  const auto* t = find(name);
  if (!t || t->elements() != size) {
    return matrix(name, size, 1);  // says what is wrong
  }
  if (!quant::traits(t->format).dequantize || size % quant::traits(t->format).block_values != 0 ||
      size >> 31) {
    refuse(std::string(t->name),
           "format " + std::string(quant::traits(t->format).name) + " cannot be a vector");
    return {};
  }
  TensorRef out = reference(*t);
  out.columns = out.all_columns = uint32_t(size);
  out.rows = out.matrices = 1;
  out.matrix_rows = 1;
  return out;
}

TensorRef Reader::vectors(std::string_view name, uint64_t size, uint64_t count) {
  TensorRef out = vector(name, size * count);
  if (!out) return out;
  if (const auto* t = find(name); size % t->shape[0] != 0) return matrix(name, size, count);
  out.columns = out.all_columns = uint32_t(size);
  out.rows = uint32_t(count);
  out.matrix_rows = count;
  return out;
}

TensorRef Reader::vector_if(std::string_view name, uint64_t size) {
  return has(name) ? vector(name, size) : TensorRef{};
}

std::vector<float> Reader::values(std::string_view name, uint64_t size) {
  const TensorRef v = vector(name, size);
  std::vector<float> out(v ? size : 0, 1.0f);
  if (!out.empty() && !header_only) {
    quant::traits(v.format).dequantize(file.data(file.tensors()[v.tensor]).data(), out.data(),
                                       out.size());
  }
  return out;
}

Linear Reader::linear(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices) {
  return product(name, columns, rows, matrices, matrices);
}

Linear Reader::experts(std::string_view name, uint64_t columns, uint64_t rows, const Experts& part) {
  const std::string base(name), one(base.substr(0, base.find("_exps")));
  if (has(base + ".weight") || !has(one + ".0.weight"))
    return product(name, columns, rows, part.count, part.used);
  const uint64_t each = std::max(columns, rows);
  if (each > kWidestValue || each * part.used > kWidestValue)
    refuse_width(one + ".0.weight", each, part.used);
  return {.weight = separate_experts(one, columns, rows, part.count), .bias = {}};
}

// As if they lay behind each other in one tensor.
TensorRef Reader::separate_experts(const std::string& base, uint64_t columns, uint64_t rows,
                                   uint32_t count) {
  TensorRef out;
  for (uint32_t e = 0; e < count; ++e) {
    const std::string name = base + "." + std::to_string(e) + ".weight";
    const TensorRef expert = matrix(name, columns, rows);
    if (!expert) return {};
    if (e == 0) {
      out = expert;
      continue;
    }
    if (expert.format != out.format) {
      refuse(prefix_ + name, "is " + std::string(quant::traits(expert.format).name) + ", expert 0 is " +
                                 std::string(quant::traits(out.format).name));
    }
    out.others.push_back(expert.tensor);
  }
  out.matrices = count;
  return out;
}

// `met`: how many of the matrices a token meets, each with a slice of columns and a slice of rows.
Linear Reader::product(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices,
                       uint64_t met) {
  const std::string base(name);
  Linear out;
  const uint64_t each = std::max(columns, rows);
  if (each > kWidestValue || each * met > kWidestValue) refuse_width(base + ".weight", each, met);
  out.weight = matrix(base + ".weight", columns, rows, matrices);
  if (has(base + ".bias")) {
    out.bias = matrices == 1 ? vector(base + ".bias", rows) : matrix(base + ".bias", rows, matrices);
  }
  if (matrices == 1 && has(base + ".scale") && dimension(base + ".scale", 0) == 1) {
    const auto scale = values(base + ".scale", 1);
    if (!scale.empty()) out.scale = scale[0];
  }
  return out;
}

Linear Reader::linear_if(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices) {
  return has(std::string(name) + ".weight") ? linear(name, columns, rows, matrices) : Linear{};
}

NormWeights Reader::norm(std::string_view name, uint64_t size) {
  if (name.empty()) return {};
  const std::string base(name);
  return {vector(base + ".weight", size), vector_if(base + ".bias", size), uint32_t(size)};
}

NormWeights Reader::norm_if(std::string_view name, uint64_t size) {
  return has(std::string(name) + ".weight") ? norm(name, size) : NormWeights{};
}

NormWeights Reader::head_norm_if(std::string_view name, uint64_t head, uint64_t width) {
  const std::string base = std::string(name) + ".weight";
  const auto* t = find(base);
  if (!t) return {};
  const bool whole = t->shape[0] == width && width != head;
  const uint64_t size = t->elements() == head ? head : width;
  return {vector(base, size), {}, uint32_t(whole ? width : head)};
}

}  // namespace straddle::model
