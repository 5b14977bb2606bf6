// Rewrites a file in other formats: tensor by tensor as the writer asks for them, each by several
// threads over chunks of rows.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/threads.h"
#include "store/made_file.h"
#include "store/parallel_for.h"

namespace straddle::store {
namespace {

using quant::Format;

constexpr uint64_t kChunkValues = 1 << 17;  // values that a thread takes at a time

// Squares of errors and of values of one chunk; added up in order, so the sum does not depend on
// which thread did what.
struct Squares {
  double error = 0, value = 0;
};

struct Conversion {
  Format from, to;
  uint64_t columns, rows;
  std::span<const uint8_t> old_bytes;
  std::vector<uint8_t>& new_bytes;
};

uint64_t rows_per_chunk(const Conversion& task) {
  return std::clamp<uint64_t>(kChunkValues / task.columns, 1, task.rows);
}

void add_squares(const float* before, const float* after, size_t count, Squares& out) {
  for (size_t i = 0; i < count; ++i) {
    const double off = double(after[i]) - before[i];
    out.error += off * off;
    out.value += double(before[i]) * before[i];
  }
}

// The values of one chunk, as they were and as they are now. One per thread.
struct Buffers {
  std::vector<float> before, after;
};

void convert_chunk(const Conversion& task, uint64_t first, uint64_t rows, Buffers& own,
                   Squares& squares) {
  const auto &from = quant::traits(task.from), &to = quant::traits(task.to);
  const size_t count = size_t(rows * task.columns);
  uint8_t* new_blocks = task.new_bytes.data() + first * *quant::row_bytes(task.to, task.columns);
  const uint8_t* old_blocks = task.old_bytes.data() + first * *quant::row_bytes(task.from, task.columns);
  from.dequantize(old_blocks, own.before.data(), count);
  to.quantize(own.before.data(), nullptr, new_blocks, count);
  to.dequantize(new_blocks, own.after.data(), count);
  add_squares(own.before.data(), own.after.data(), count, squares);
}

Squares sum(std::span<const Squares> chunks) {
  Squares out;
  for (const Squares& each : chunks) {
    out.error += each.error;
    out.value += each.value;
  }
  return out;
}

// Everything is allocated before the threads work: none can fail on its own.
Squares convert(const Conversion& task, ThreadTeam& team) {
  const uint64_t per_chunk = rows_per_chunk(task), chunks = (task.rows + per_chunk - 1) / per_chunk;
  const std::vector<float> values(size_t(per_chunk * task.columns));
  std::vector<Buffers> buffers(size_t(team.threads()), {values, values});
  std::vector<Squares> squares(chunks);
  parallel_for(team, chunks, [&](uint64_t chunk, size_t thread) {
    const uint64_t first = chunk * per_chunk, rows = std::min(per_chunk, task.rows - first);
    convert_chunk(task, first, rows, buffers[thread], squares[chunk]);
  });
  return sum(squares);
}

// What is to be done, and what has been: the state that the writer's calls share.
struct Job {
  const gguf::File& in;
  const QuantizeOptions& options;
  ThreadTeam& team;
  QuantizeReport report;
  uint64_t total = 0, done = 0;  // values
  std::vector<uint8_t> target;   // the tensor being written
};

using Bytes = Result<std::span<const uint8_t>>;

Bytes converted(Job& job, const gguf::Tensor& tensor, Format to, double& error) {
  const uint64_t columns = tensor.shape[0], rows = tensor.elements() / columns;
  job.target.resize(tensor_bytes(to, columns, tensor.elements()));
  const Conversion task{tensor.format, to, columns, rows, job.in.data(tensor), job.target};
  const Squares squares = convert(task, job.team);
  if (!std::isfinite(squares.error)) {
    return fail(ErrorKind::bad_file, job.in.path(),
                "tensor " + std::string(tensor.name) + " has a value that " +
                    std::string(quant::traits(to).name) + " cannot hold",
                "it is not a number, infinite or too large");
  }
  error = squares.value > 0 ? std::sqrt(squares.error / squares.value) : 0;
  return job.target;
}

Bytes produce(Job& job, const gguf::Tensor& tensor, TensorReport& row) {
  const Format to = row.to;
  Bytes bytes = to == tensor.format ? job.in.data(tensor) : converted(job, tensor, to, row.error);
  if (!bytes) return bytes;
  job.done += tensor.elements();
  const auto& progress = job.options.progress;
  if (progress && !progress({tensor.name, job.done, job.total})) {
    return fail(ErrorKind::interrupted, "", "interrupted");
  }
  return bytes;
}

QuantizeReport planned(const gguf::File& in, const Recipe& recipe) {
  QuantizeReport out;
  const auto choices = choose_formats(recipe, facts_of(in), in.tensors());
  for (size_t i = 0; i < choices.size(); ++i) {
    const gguf::Tensor& tensor = in.tensors()[i];
    const auto [asked, to] = choices[i];
    const uint64_t columns = tensor.shape[0], values = tensor.elements();
    const uint64_t bytes = tensor_bytes(to, columns, values);
    out.tensors.push_back({std::string(tensor.name), tensor.format, asked, to, columns, values, bytes});
    out.bytes_before += tensor.bytes;
    out.bytes_after += bytes;
  }
  return out;
}

void add_keys(const gguf::File& in, const Recipe& recipe, gguf::Writer& writer) {
  for (const gguf::Entry& entry : in.entries()) {
    if (!is_recipe_key(entry.key)) writer.add(entry);
  }
  add_recipe_keys(recipe, writer);
}

// By another name, a link or a hard link, too.
Status is_another_file(const gguf::File& in, const std::string& out) {
  for (const std::string& path : in.paths()) {
    std::error_code not_there;
    if (std::filesystem::equivalent(path, out, not_there))
      return fail(ErrorKind::usage, out, "this is the file that is read", "choose another name");
  }
  return {};
}

}  // namespace

Result<QuantizeReport> quantize(const gguf::File& in, const Recipe& recipe, const std::string& out,
                                const QuantizeOptions& options) {
  TRY(is_another_file(in, out));
  QuantizeReport report = planned(in, recipe);
  TRY(check_target(out, report.bytes_after));
  auto team = TRY(ThreadTeam::make(options.threads ? options.threads : usable_cores()));
  Job job{in, options, *team, std::move(report)};
  if (options.planned) options.planned(job.report);
  gguf::Writer writer;
  add_keys(in, recipe, writer);
  for (size_t i = 0; i < job.report.tensors.size(); ++i) {
    const gguf::Tensor& tensor = in.tensors()[i];
    TensorReport& row = job.report.tensors[i];
    job.total += row.values;
    writer.add_tensor(tensor.name, row.to, std::span(tensor.shape, tensor.n_dims),
                      [&job, &tensor, &row] { return produce(job, tensor, row); });
  }
  TRY(writer.write(out));
  return std::move(job.report);
}

}  // namespace straddle::store
