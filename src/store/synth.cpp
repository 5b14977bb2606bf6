// Writes models of known shapes with random weights.
#include <algorithm>

#include "base/nearest.h"
#include "store/made_file.h"
#include "store/random_weights.h"

namespace straddle::store {
namespace {

using quant::Format;

Result<std::vector<Shape>> all_shapes() { return read_shapes(share_folder() + "/shapes.tsv"); }

Result<Shape> shape_by_name(const std::string& name) {
  auto shapes = TRY(all_shapes());
  std::vector<std::string_view> names;
  std::string known;
  for (const Shape& shape : shapes) {
    if (shape.name == name) return shape;
    names.push_back(shape.name);
    known.append(known.empty() ? "known: " : ", ").append(shape.name);
  }
  const std::string near(nearest(name, names));
  return fail(ErrorKind::usage, name, "unknown shape",
              (near.empty() ? "" : "did you mean " + near + "? ") + known);
}

// A tensor and what the recipe makes of it.
struct Planned {
  ShapeTensor tensor;
  Format format;
  uint64_t values, bytes;
};

// Formats are chosen for the whole model, so that they are the same where only its first layers are
// made.
std::vector<Planned> planned(const Shape& shape, const Recipe& recipe, uint64_t layers) {
  auto tensors = tensors_of(shape);
  std::vector<gguf::Tensor> infos;
  for (const ShapeTensor& each : tensors) {
    gguf::Tensor& info = infos.emplace_back();
    info.name = each.name;
    info.format = each.format;
    info.n_dims = uint32_t(each.shape.size());
    std::copy(each.shape.begin(), each.shape.end(), info.shape);
  }
  const ModelFacts facts{shape.architecture, shape.layers, shape.experts, shape.heads / shape.kv_heads};
  const auto choices = choose_formats(recipe, facts, infos);
  std::vector<Planned> out;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].layer.value_or(0) >= layers) continue;
    const uint64_t columns = infos[i].shape[0], values = infos[i].elements();
    const uint64_t bytes = tensor_bytes(choices[i].format, columns, values);
    out.push_back({std::move(tensors[i]), choices[i].format, values, bytes});
  }
  return out;
}

void add_keys(const Shape& shape, const Recipe& recipe, uint64_t layers, gguf::Writer& writer) {
  add_shape_keys(shape, layers, writer);
  add_vocabulary(shape.vocabulary, writer);
  add_recipe_keys(recipe, writer);
}

SynthReport report_of(std::span<const Planned> plan) {
  SynthReport out;
  out.tensors = plan.size();
  for (const Planned& each : plan) {
    out.values += each.values;
    out.bytes += each.bytes;
  }
  return out;
}

// What has been written, for whoever waits.
struct Job {
  const SynthOptions& options;
  const uint64_t total;
  uint64_t done = 0;

  Status add(std::string_view tensor, uint64_t bytes) {
    done += bytes;
    if (!options.progress || options.progress({tensor, done, total})) return {};
    return fail(ErrorKind::interrupted, "", "interrupted");
  }
};

// Hands pieces on, and counts them.
gguf::Writer::Sink counted(Job& job, const Planned& each, const gguf::Writer::Sink& sink) {
  return [&](std::span<const uint8_t> bytes) -> Status {
    TRY(sink(bytes));
    return job.add(each.tensor.name, bytes.size());
  };
}

}  // namespace

Result<std::vector<KnownShape>> known_shapes() {
  auto shapes = TRY(all_shapes());
  std::vector<KnownShape> out;
  for (const Shape& shape : shapes)
    out.push_back({shape.name, shape.architecture + ", " + std::to_string(shape.layers) + " layers"});
  return out;
}

Result<SynthReport> synth(const std::string& shape_name, const Recipe& recipe, const std::string& out,
                          const SynthOptions& options) {
  const auto shape = TRY(shape_by_name(shape_name));
  const uint64_t layers = options.layers.value_or(shape.layers);
  if (layers == 0 || layers > shape.layers) {
    return fail(ErrorKind::usage, "--layers",
                std::to_string(layers) + " is not from 1 to " + std::to_string(shape.layers) +
                    ", the layers of " + shape.name);
  }
  const auto plan = planned(shape, recipe, layers);
  SynthReport report = report_of(plan);
  TRY(check_target(out, options.header_only ? 0 : report.bytes));
  auto team = TRY(ThreadTeam::make(options.threads ? options.threads : usable_cores()));
  RandomWeights weights(options.seed, *team);
  Job job{options, report.bytes};
  gguf::Writer writer;
  add_keys(shape, recipe, layers, writer);
  for (const Planned& each : plan) {
    writer.add_tensor(each.tensor.name, each.format, each.tensor.shape,
                      [&](const gguf::Writer::Sink& sink) {
                        return weights.write(shape, each.tensor, each.format, counted(job, each, sink));
                      });
  }
  TRY(options.header_only ? writer.write_header(out) : writer.write(out));
  return report;
}

}  // namespace straddle::store
