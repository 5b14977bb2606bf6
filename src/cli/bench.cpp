// `straddle bench MODEL`: how fast Steps are, beside what memory and multipliers allow at the same time.
#include "cli/bench_report.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "base/measured.h"
#include "cli/commands.h"
#include "cli/device_list.h"
#include "cli/device_report.h"
#include "cli/id_list.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/meter.h"
#include "cli/output.h"
#include "cli/plan_check.h"
#include "device/device.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Tokens = std::vector<int32_t>;

constexpr uint32_t kMostDepth = 1u << 24, kMostRows = 64, kMostPrompt = 1u << 16;
constexpr std::chrono::milliseconds kTurn{50};  // of short Steps as many as take so long, at most
constexpr size_t kMostSteps = 32;

Result<std::vector<uint32_t>> numbers_of(const std::string& flag, const std::string& text,
                                         uint32_t least, uint32_t most) {
  const auto given = parse_ids(text);
  std::vector<uint32_t> out;
  for (const int32_t number : given && !given->empty() ? *given : Tokens{-1}) {
    if (number < int64_t(least) || number > int64_t(most))
      return fail(ErrorKind::usage, flag, "'" + text + "' is no list of whole numbers",
                  flag + " 1,4: each " + std::to_string(least) + " to " + std::to_string(most));
    out.push_back(uint32_t(number));
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

struct Asked {
  std::vector<uint32_t> rows, depths, prompts;
  uint32_t turns = 0;
  uint32_t sequences() const { return rows.empty() ? 1 : rows.back(); }
  // Room for the longest prompt at the greatest depth.
  uint32_t context() const {
    return depths.back() + std::max(sequences(), prompts.empty() ? 0 : prompts.back());
  }
};

Result<Asked> asked_by(const Request& request) {
  Asked out;
  out.rows = TRY(numbers_of("--rows", request.rows, 1, kMostRows));
  out.depths = TRY(numbers_of("--depth", request.depth, 0, kMostDepth));
  out.prompts = TRY(numbers_of("--prompts", request.prompts, 0, kMostPrompt));
  std::erase(out.prompts, 0u);
  out.turns = uint32_t(request.repeat);
  return out;
}

Status stop_if_asked() { return interrupted() ? fail(ErrorKind::interrupted, "", "") : Status(); }

// An engine whose sequences stand at a depth, to which they return after each Step.
class Bench {
 public:
  Bench(const gguf::File& file, engine::Engine& engine, const Asked& asked)
      : file_(file), engine_(engine), asked_(asked), before_(asked.sequences()) {}

  // Deeper than before. Keeps what recurrent layers remember there.
  Status go_to(uint32_t depth) {
    Meter meter("filling");
    for (uint32_t s = 0; s < before_.size(); ++s) {
      while (before_[s].size() < depth) {
        const size_t some = std::min<size_t>(depth - before_[s].size(), max_rows());
        const Tokens more = random_tokens(some);
        TRY(engine_.feed(s, more, engine::Wanted::none));
        before_[s].insert(before_[s].end(), more.begin(), more.end());
        TRY(stop_if_asked());
        meter.show(s * size_t(depth) + before_[s].size(), before_.size() * size_t(depth));
      }
      engine_.keep(s);
    }
    return {};
  }

  // Those that the context has room for.
  std::vector<BenchCase> cases_at(uint32_t depth) const {
    std::vector<BenchCase> out;
    for (const uint32_t rows : asked_.rows) out.push_back({.rows = rows, .depth = depth});
    for (const uint32_t rows : asked_.prompts)
      out.push_back({.prompt = true, .rows = rows, .depth = depth});
    std::erase_if(out, [&](const BenchCase& one) {
      return engine_.context() - std::min(depth, engine_.context()) < (one.prompt ? one.rows : 1);
    });
    for (BenchCase& one : out) count(one);
    return out;
  }

  // A turn, beside those that were taken before.
  Status take_turn(BenchCase& one) {
    const engine::StepTimes before = engine_.decode_times();
    one.seconds.push_back(TRY(time(one)));
    const engine::StepTimes& after = engine_.decode_times();
    if (one.prompt || one.rows > 1) return {};
    one.tokens.push_back(after.rows - before.rows);
    one.busy_ns.resize(engine_.devices());
    for (uint32_t d = 0; d < engine_.devices(); ++d)
      one.busy_ns[d].push_back(double(busy(after, d) - busy(before, d)) / double(one.tokens.back()));
    return {};
  }

  // Seconds for all rows: of short ones the median of several.
  Result<double> time(const BenchCase& one) {
    Turns seconds;
    const auto start = Clock::now();
    while (seconds.empty() || (seconds.size() < kMostSteps && Clock::now() - start < kTurn)) {
      const double taken = TRY(one.prompt ? time_prompt(one.rows) : time_decode(one.rows));
      seconds.push_back(taken);
    }
    return median(seconds);
  }

 private:
  static int64_t busy(const engine::StepTimes& times, uint32_t device) {
    return times.devices[device].run_ns - times.devices[device].waited_ns;
  }

  size_t max_rows() const { return engine_.needs().request.max_rows; }

  Tokens random_tokens(size_t count) {
    std::uniform_int_distribution<int32_t> any(0, int32_t(engine_.blueprint().vocabulary) - 1);
    Tokens out(count);
    for (int32_t& token : out) token = any(random_);
    return out;
  }

  void count(BenchCase& one) const {
    plan::StepShape shape{.rows = one.rows, .depth = one.depth, .kv = engine_.needs().request.kv};
    shape.sequences = one.prompt ? 1 : one.rows;
    one.all = plan::step_work(file_, engine_.blueprint(), shape);
    shape.rows = uint32_t(std::min<size_t>(one.rows, max_rows()));
    one.step = plan::step_work(file_, engine_.blueprint(), shape);
  }

  Result<double> time_decode(uint32_t rows) {
    const Tokens tokens = random_tokens(rows);
    std::vector<uint32_t> sequences(rows);
    for (uint32_t s = 0; s < rows; ++s) sequences[s] = s;
    const auto start = Clock::now();
    TRY(engine_.feed_each(sequences, tokens));
    const double seconds = seconds_since(start);
    for (uint32_t s = 0; s < rows; ++s) engine_.resume(s, before_[s]);
    return seconds;
  }

  Result<double> time_prompt(uint32_t rows) {
    const Tokens tokens = random_tokens(rows);
    const auto start = Clock::now();
    TRY(engine_.feed(0, tokens, engine::Wanted::last));
    const double seconds = seconds_since(start);
    engine_.resume(0, before_[0]);
    return seconds;
  }

  const gguf::File& file_;
  engine::Engine& engine_;
  const Asked& asked_;
  std::mt19937 random_{1};
  std::vector<Tokens> before_;  // of each sequence
};

// Each case and the yardsticks, again and again: what disturbs the machine disturbs all of them.
Status measure(Bench& bench, device::Yardsticks& yardsticks, uint32_t turns,
               std::vector<BenchCase>& cases) {
  Meter meter("measuring");
  for (BenchCase& one : cases) TRY(bench.time(one));  // pages come into being
  for (uint32_t turn = 0; turn < turns; ++turn) {
    for (size_t i = 0; i < cases.size(); ++i) {
      cases[i].read_GBps.push_back(yardsticks.read_GBps());
      cases[i].int8_GMACs.push_back(yardsticks.int8_GMACs());
      TRY(bench.take_turn(cases[i]));
      TRY(stop_if_asked());
      meter.show(turn * cases.size() + i + 1, turns * cases.size());
    }
  }
  return {};
}

bool computes_on_cpu(const Request& request) {
  const auto devices = devices_here(request.device);
  return devices && std::ranges::find(devices->kinds, "cpu") != devices->kinds.end();
}

// The reference computes on one thread, without instructions of its own.
Result<device::Yardsticks> make_yardsticks(const Request& request, const options::Options& options) {
  Meter meter("reading memory");
  device::CpuOptions cpu = cpu_options(request, options);
  if (!computes_on_cpu(request)) cpu = {.threads = 1, .isa = "generic"};
  return device::Yardsticks::make(cpu, 0, [&](uint64_t done, uint64_t total) {
    meter.show(done, total);
    return !interrupted();
  });
}

EngineNeeds needs_of(const Asked& asked, const options::Options& options) {
  const uint32_t sequences = asked.sequences();
  return {.max_wanted = sequences,
          .sequences = sequences,
          .max_rows = std::max(sequences, uint32_t(options.num_batch))};
}

Result<LoadedEngine> load_for(const gguf::File& file, const Request& request,
                              const options::Options& options, const Asked& asked) {
  auto loaded = load_engine(file, request, options, needs_of(asked, options));
  if (!loaded && loaded.error().kind == ErrorKind::no_memory)
    loaded.error().hint = "a smaller --depth or fewer --rows need less";
  return loaded;
}

Status check_speaks(const gguf::File& file) {
  auto blueprint = TRY(model::describe(file, {}));
  if (!blueprint.embeds_only()) return {};
  return fail(ErrorKind::unsupported, file.path(),
              "it makes embeddings: it neither decodes nor has prompts");
}

Status measure_all(const Asked& asked, Bench& bench, device::Yardsticks& yardsticks,
                   BenchReport& report) {
  for (const uint32_t depth : asked.depths) {
    auto cases = bench.cases_at(depth);
    if (cases.size() < asked.rows.size() + asked.prompts.size())
      warn("at depth " + std::to_string(depth) + " the model's context has no room for all cases");
    if (cases.empty()) break;
    TRY(bench.go_to(depth));
    TRY(measure(bench, yardsticks, asked.turns, cases));
    report.cases.insert(report.cases.end(), cases.begin(), cases.end());
  }
  return {};
}

}  // namespace

Status bench(const Request& request) {
  const auto asked = TRY(asked_by(request));
  auto options = TRY(read_options(request));
  auto file = TRY(store::open_model(request.words[0]));
  TRY(check_speaks(file));
  options.num_ctx = asked.context();
  auto loaded = TRY(load_for(file, request, options, asked));
  auto yardsticks = TRY(make_yardsticks(request, options));
  BenchReport report{
      .model = request.words[0], .isa = yardsticks.isa(), .threads = yardsticks.threads()};
  Bench bench(file, loaded.engine, asked);
  TRY(measure_all(asked, bench, yardsticks, report));
  say(request.json ? json_text(report) : table(report));
  if (const std::string line = unrest(report.reads()); !line.empty()) warn(line);
  if (request.verbose) print_devices(file, loaded.engine, loaded.placed);
  const auto checked =
      check_plan(file, request, options, needs_of(asked, options), loaded.placed, report);
  if (!checked) warn("what was measured cannot be kept: " + one_line(checked.error()));
  return {};
}

}  // namespace straddle::cli
