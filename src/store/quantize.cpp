// Rewrites a file in other formats: tensor by tensor as the writer asks for them, each by several
// threads over runs of rows.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/atomic_file.h"
#include "base/threads.h"
#include "store/made_file.h"

namespace straddle::store {
namespace {

using quant::Format;

constexpr uint64_t kRunValues = 1 << 17;  // values that a thread takes at a time

// Squares of errors and of values of one run; added up in order, so the sum does not depend on
// which thread did what.
struct Squares {
  double error = 0, value = 0;
};

struct Conversion {
  Format from, to;
  uint64_t columns, rows;
  std::span<const uint8_t> source;
  std::vector<uint8_t>& target;
};

uint64_t rows_per_run(const Conversion& task) {
  return std::clamp<uint64_t>(kRunValues / task.columns, 1, task.rows);
}

void add_squares(const float* before, const float* after, size_t count, Squares& out) {
  for (size_t i = 0; i < count; ++i) {
    const double off = double(after[i]) - before[i];
    out.error += off * off;
    out.value += double(before[i]) * before[i];
  }
}

// The values of one run, as they were and as they are now. One per thread.
struct Buffers {
  std::vector<float> before, after;
};

void convert_run(const Conversion& task, uint64_t first, uint64_t rows, Buffers& own, Squares& squares) {
  const auto &from = quant::traits(task.from), &to = quant::traits(task.to);
  const size_t count = size_t(rows * task.columns);
  uint8_t* blocks = task.target.data() + first * *quant::row_bytes(task.to, task.columns);
  const uint8_t* source = task.source.data() + first * *quant::row_bytes(task.from, task.columns);
  from.dequantize(source, own.before.data(), count);
  to.quantize(own.before.data(), nullptr, blocks, count);
  to.dequantize(blocks, own.after.data(), count);
  add_squares(own.before.data(), own.after.data(), count, squares);
}

Squares sum(std::span<const Squares> runs) {
  Squares out;
  for (const Squares& each : runs) {
    out.error += each.error;
    out.value += each.value;
  }
  return out;
}

// Everything is allocated before the threads work: none can fail on its own.
Squares convert(const Conversion& task, ThreadTeam& team) {
  const uint64_t per_run = rows_per_run(task), runs = (task.rows + per_run - 1) / per_run;
  const std::vector<float> values(size_t(per_run * task.columns));
  std::vector<Buffers> buffers(size_t(std::min(uint64_t(team.threads()), runs)), {values, values});
  std::vector<Squares> squares(runs);
  std::atomic<uint64_t> next{0};
  auto work = [&](int thread) {
    if (size_t(thread) >= buffers.size()) return;
    for (uint64_t run = next.fetch_add(1); run < runs; run = next.fetch_add(1)) {
      const uint64_t first = run * per_run, rows = std::min(per_run, task.rows - first);
      convert_run(task, first, rows, buffers[size_t(thread)], squares[run]);
    }
  };
  team.run(work);
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

// A file of the user's own, named by a slip, is not lost. An empty one holds nothing.
Status may_be_replaced(const std::string& out) {
  constexpr std::string_view kMagic = "GGUF";
  char begin[kMagic.size()] = {};
  std::ifstream file(out, std::ios::binary);
  file.read(begin, sizeof begin);
  const std::string_view read(begin, size_t(file.gcount()));
  if (read.empty() || read == kMagic) return {};
  return fail(ErrorKind::usage, out, "there is a file of this name that is no GGUF file",
              "choose another name, or remove it first");
}

// Before the work begins. That it can be written is tried: what is made for it goes at once.
Status check_target(const gguf::File& in, const std::string& out) {
  if (out.empty()) return fail(ErrorKind::usage, "OUT", "its name is empty");
  TRY(is_another_file(in, out));
  TRY(AtomicFile::create(out));
  return may_be_replaced(out);
}

}  // namespace

Result<QuantizeReport> quantize(const gguf::File& in, const Recipe& recipe, const std::string& out,
                                const QuantizeOptions& options) {
  TRY(check_target(in, out));
  auto team = TRY(ThreadTeam::make(options.threads ? options.threads : usable_cores()));
  Job job{in, options, *team, planned(in, recipe)};
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
