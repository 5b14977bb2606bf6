#include "cli/check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/meter.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

constexpr uint32_t kTokens = 16;  // where none are given
constexpr float kMost = std::numeric_limits<float>::max();

Status check_weights(const gguf::File& file, const gguf::Tensor& tensor) {
  const auto dequantize = quant::traits(tensor.format).dequantize;
  if (!dequantize) return {};
  const uint64_t columns = tensor.shape[0], rows = tensor.elements() / columns;
  const uint64_t bytes = *quant::row_bytes(tensor.format, columns);
  std::vector<float> row(columns);
  for (uint64_t r = 0; r < rows; ++r) {
    dequantize(file.data(tensor).data() + r * bytes, row.data(), columns);
    // A bias of -infinity makes a token impossible.
    const auto none = std::find_if(row.begin(), row.end(), [](float x) { return !(x <= kMost); });
    if (none == row.end()) continue;
    return fail(ErrorKind::bad_file, file.path(),
                "tensor " + std::string(tensor.name) + " holds " +
                    (std::isnan(*none) ? "a NaN" : "an infinity") + ", in row " + std::to_string(r) +
                    ", column " + std::to_string(none - row.begin()));
  }
  return {};
}

Status check_weights(const gguf::File& file) {
  Meter meter("weights");
  const auto tensors = file.tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    TRY(check_weights(file, tensors[i]));
    if (interrupted()) return fail(ErrorKind::interrupted, "", "");
    meter.show(i + 1, tensors.size());
  }
  return {};
}

Status check_ops(engine::Engine& engine, std::span<const int32_t> tokens) {
  TRY(engine.check_room(0, tokens.size()));
  Meter meter("operations");
  const size_t rows = engine.needs().request.max_rows;
  for (size_t at = 0; at < tokens.size(); at += rows) {
    const auto some = tokens.subspan(at, std::min(rows, tokens.size() - at));
    TRY(engine.feed(0, some, engine::Wanted::last));
    if (interrupted()) return fail(ErrorKind::interrupted, "", "");
    meter.show(at + some.size(), tokens.size());
  }
  return {};
}

Request on_reference(Request request) {
  request.device = "reference";
  request.vram.clear();
  request.pins.clear();
  return request;
}

// The reference device adds in double: on the one that is asked for a sum may go beyond float32 all the
// same.
Status check_device(const gguf::File& file, const Request& request, const options::Options& options,
                    EngineNeeds needs, std::span<const int32_t> tokens) {
  needs.check = false;
  auto loaded = TRY(load_engine(file, request, options, needs));
  auto ok = check_ops(loaded.engine, tokens);
  if (ok || ok.error().kind != ErrorKind::bad_file) return ok;
  return fail(ErrorKind::bad_file, file.path(),
              "all are numbers where sums are made in double (--device reference); on device " +
                  loaded.placed.names[0] + " one goes beyond float32");
}

}  // namespace

Status check_numbers(const gguf::File& file, const Request& request, const options::Options& options,
                     std::span<const int32_t> tokens) {
  TRY(check_weights(file));
  const auto count = uint32_t(tokens.empty() ? kTokens : tokens.size());
  const EngineNeeds needs{
      .max_rows = std::min(uint32_t(options.num_batch), count), .kv = ops::KvType::f32, .check = true};
  options::Options alone = options;
  alone.num_gpu = -1;
  auto loaded = TRY(load_engine(file, on_reference(request), alone, needs));
  engine::Engine& engine = loaded.engine;
  std::vector<int32_t> own(std::min({kTokens, engine.context(), engine.blueprint().vocabulary}));
  std::iota(own.begin(), own.end(), 0);
  if (tokens.empty()) tokens = own;
  if (auto ok = check_ops(engine, tokens); !ok) {
    auto error = std::move(ok.error());
    error.where = file.path() + (error.where.empty() ? "" : ": " + error.where);
    return tl::unexpected(std::move(error));
  }
  TRY(check_device(file, request, options, needs, tokens));
  warn_if_clamped(engine, "--kv f32");
  say("all numbers: " + std::to_string(file.tensors().size()) + " tensors, and every value that " +
      std::to_string(tokens.size()) + " tokens make\n");
  return {};
}

}  // namespace straddle::cli
