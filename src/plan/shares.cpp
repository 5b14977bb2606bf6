#include "plan/shares.h"

#include <algorithm>

#include "ops/held.h"
#include "plan/rates.h"

namespace straddle::plan {
namespace {

// Sums of these stay far below 64 bits, whatever is asked.
uint64_t bounded(double value) { return uint64_t(std::min(value, 1e15)); }

// What a device holds for the tokens already is nothing more.
uint64_t held_bytes(const Counter& c, const DeviceProfile& device, const Stage& stage,
                    const model::TensorUse& use, const model::Piece& piece) {
  const auto layout = quant::layout_by_name(device.layout).value_or(quant::Layout::file);
  const quant::Format format = c.model.formats[use.tensor];
  const ops::Held held =
      ops::held(layout, use.use, format, piece.columns, piece.rows).value_or(ops::Held{});
  const bool there = &device == &c.machine.devices[stage.table_at] &&
                     stage.kind == model::PartKind::output && c.model.reads_as_table(use.tensor);
  return held.own + (there ? 0 : held.mapped);
}

void add_weights(const Counter& c, const DeviceProfile& device, const Stage& stage, Units units,
                 bool with_whole, Share& share) {
  double ns = 0;
  for (const model::TensorUse& use : c.model.parts[stage.part].cuts[stage.cut].tensors) {
    if (use.axis == model::Axis::whole && !with_whole) continue;
    const gguf::Tensor& tensor = c.model.file.tensors()[use.tensor];
    const model::Piece piece = model::piece(tensor, use, units.begin, units.end);
    const quant::Traits& format = quant::traits(c.model.formats[use.tensor]);
    const double values = double(piece.rows) * double(piece.columns);
    const double bytes = values * format.block_bytes / format.block_values;  // as in a file
    const double read = bytes * read_by(use.read, c.request.rows);
    share.weights += held_bytes(c, device, stage, use, piece);
    share.read += uint64_t(read);
    ns += read * ns_per_weight_byte(device, format.format, c.request.rows);
    if (tensor.n_dims > 1 && use.read > 0) ns += (device.op_us + device.dispatch_us) * 1000;
  }
  share.ns += int64_t(bounded(ns + 0.5));
}

double bytes_per_value(KvFormat kv) {
  return kv == KvFormat::f32 ? 4 : kv == KvFormat::f16 ? 2 : 34.0 / 32;
}

// Over all sequences.
double held_tokens(const Counter& c, uint32_t cache) {
  const LoadRequest load{.context = c.request.context, .max_rows = c.request.max_rows};
  return double(pages_of(load, c.model.windows[cache])) * ops::kPageTokens * c.request.sequences;
}

double read_tokens(const Counter& c, uint32_t window) {
  const uint64_t filled = uint64_t(c.fill * c.request.context);
  const uint64_t seen = window ? std::min<uint64_t>(filled, window) : filled;
  return double(seen) * std::min(c.request.rows, c.request.sequences);
}

// Keys and values are read where attention is, also where another layer wrote them.
void add_cache(const Counter& c, const DeviceProfile& device, const Stage& stage, Units units,
               Share& share) {
  const model::Part& part = c.model.parts[stage.part];
  if (part.cache == ops::kNone) return;
  const model::CacheShape& shape = c.model.blueprint.caches[part.cache];
  const uint64_t per_unit = part.cuts[stage.cut].kv_heads_per_unit;
  const auto heads_before = [&](uint32_t unit) {
    return std::min<uint64_t>(unit * per_unit, shape.kv_heads);
  };
  const uint64_t heads = per_unit ? heads_before(units.end) - heads_before(units.begin) : shape.kv_heads;
  const double values = double(heads) * (shape.key_size + shape.value_size);
  const double token = values * bytes_per_value(c.request.kv),
               read = token * read_tokens(c, part.window);
  if (part.writes_cache) share.kv += bounded(token * held_tokens(c, part.cache));
  share.kv_read += bounded(read);
  share.ns += int64_t(bounded(read * ns_per_kv_byte(device, c.request.kv) + 0.5));
}

void add_states(const Counter& c, const Stage& stage, Units units, Share& share) {
  const model::Part& part = c.model.parts[stage.part];
  for (const uint32_t state : part.states) {
    const double all = double(c.model.blueprint.states[state]) * sizeof(float) * 2 * c.request.sequences;
    share.kv += bounded(all * (units.end - units.begin) / part.cuts[stage.cut].units);
  }
}

}  // namespace

Share share_of(const Counter& c, const DeviceProfile& device, const Stage& stage, Units units,
               bool whole) {
  Share share;
  if (units.begin == units.end) return share;
  add_weights(c, device, stage, units, whole, share);
  add_cache(c, device, stage, units, share);
  add_states(c, stage, units, share);
  return share;
}

}  // namespace straddle::plan
