#include "model/part_list.h"

#include <algorithm>
#include <type_traits>

#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

// Adds what stands around a part to each of its cuts: it stays at home.
void add(Part& part, const CutMaker& around) {
  const Cut whole = around.in_one();
  for (Cut& cut : part.cuts)
    cut.tensors.insert(cut.tensors.end(), whole.tensors.begin(), whole.tensors.end());
}

// Of a table one row is read per token.
Part embedding(const Blueprint& b) {
  CutMaker maker;
  maker.whole(b.embedding_norm).whole(b.input_proj).whole(b.input_norm).reading(0);
  maker.table(b.token_table).table(b.position_table).table(b.type_table).table(b.input_table);
  return {.kind = PartKind::embedding, .cuts = {maker.in_one()}};
}

Part output(const Blueprint& b) {
  CutMaker maker;
  maker.outputs(b.output, kOutputRows);
  Part part{.kind = PartKind::output,
            .cuts = {maker.by_units((b.output.weight.rows + kOutputRows - 1) / kOutputRows)}};
  add(part, CutMaker().whole(b.output_norm));
  return part;
}

// The parts of a layer's feed-forward, in the order in which they are computed.
struct FeedParts {
  std::vector<Part>& out;

  void operator()(std::monostate) const {}
  void operator()(const FeedForward& feed) const { out.push_back(as_data(feed)); }
  void operator()(const RwkvChannel& feed) const { out.push_back(as_data(feed)); }
  void operator()(const Experts& feed) const {
    out.push_back(as_data(feed));
    if (!feed.shared.down.weight) return;
    out.push_back(as_data(feed.shared));
    add(out.back(), CutMaker().whole(feed.shared_gate));
  }
  void operator()(const DenseAndExperts& both) const {
    out.push_back(as_data(both.dense));
    add(out.back(), CutMaker().whole(both.dense_after));
    const size_t experts = out.size();
    (*this)(both.experts);
    add(out[experts], CutMaker().whole(both.experts_before).whole(both.experts_after));
  }
};

// Norms stand with the part that they precede or follow.
std::vector<Part> layer_parts(const Layer& layer) {
  std::vector<Part> out;
  out.push_back(std::visit([](const auto& mixer) { return as_data(mixer); }, layer.mixer));
  CutMaker around_mixer, around_feed;
  around_mixer.whole(layer.before_mixer).whole(layer.before_mixer_2).whole(layer.after_mixer);
  add(out[0], around_mixer.whole(layer.after_first_sum));
  const size_t mixer_only = out.size();
  std::visit(FeedParts{out}, layer.feed);
  around_feed.whole(layer.before_feed).whole(layer.after_feed).whole(layer.after_sum);
  if (layer.input) {
    around_feed.whole(layer.input->gate).whole(layer.input->proj).whole(layer.input->norm);
  }
  add(out[std::min(mixer_only, out.size() - 1)], around_feed.whole(layer.output_scale));
  return out;
}

// Tensors that were read for their values alone (factors of angles, scales) belong to no part: they
// stay with the tables.
void add_rest(std::vector<Part>& parts, const std::vector<bool>& reads) {
  std::vector<bool> rest = reads;
  for (const Part& part : parts) {
    for (const TensorUse& use : part.cuts[0].tensors) rest[use.tensor] = false;
  }
  for (uint32_t i = 0; i < rest.size(); ++i) {
    if (rest[i])
      parts[0].cuts[0].tensors.push_back({.tensor = i, .read = 0, .use = ops::WeightUse::table});
  }
}

}  // namespace

std::vector<Part> parts(const Blueprint& blueprint) {
  std::vector<Part> out{embedding(blueprint)};
  for (uint32_t i = 0; i < blueprint.layers.size(); ++i) {
    for (Part& part : layer_parts(blueprint.layers[i])) {
      part.layer = i;
      out.push_back(std::move(part));
    }
  }
  Part last = output(blueprint);
  if (!last.cuts[0].tensors.empty()) out.push_back(std::move(last));
  add_rest(out, blueprint.reads);
  return out;
}

Piece piece(const gguf::Tensor& tensor, const TensorUse& use, uint32_t begin, uint32_t end) {
  const uint64_t columns = tensor.shape[0], all = tensor.elements();
  if (use.axis == Axis::whole || use.axis == Axis::copies) return {all / columns, columns};
  const uint64_t from = std::min(begin * use.per_unit, use.count),
                 to = std::min(end * use.per_unit, use.count);
  if (use.axis == Axis::columns) return {all / use.of, to - from};
  return {all / columns / use.of * (to - from), columns};
}

}  // namespace straddle::model
