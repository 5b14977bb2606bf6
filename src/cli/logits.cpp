// `straddle logits`: rows of float32 after given tokens, or the best of the last row as text.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "cli/check.h"
#include "cli/commands.h"
#include "cli/device_report.h"
#include "cli/id_list.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/meter.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

// Rows are handed on as they come, so that a long list needs no memory for all of them.
using TakeRows = std::function<Status(std::span<const float>)>;

Status feed_all(engine::Engine& engine, std::span<const int32_t> tokens, size_t chunk, bool all,
                Meter& meter, const TakeRows& take) {
  for (size_t at = 0; at < tokens.size(); at += chunk) {
    const size_t n = std::min(chunk, tokens.size() - at);
    const bool last = at + n == tokens.size();
    const auto wanted = all ? engine::Wanted::all : last ? engine::Wanted::last : engine::Wanted::none;
    const auto rows = TRY(engine.feed(0, tokens.subspan(at, n), wanted));
    TRY(take(rows));
    if (interrupted()) return fail(ErrorKind::interrupted, "", "");
    meter.show(at + n, tokens.size());
  }
  return {};
}

Status write_rows(const std::string& path, engine::Engine& engine, std::span<const int32_t> tokens,
                  size_t chunk, bool all) {
  FILE* out = std::fopen(path.c_str(), "wb");
  if (!out) return fail(ErrorKind::io, path, std::strerror(errno));
  Meter meter("computing");
  auto status = feed_all(engine, tokens, chunk, all, meter, [&](std::span<const float> rows) -> Status {
    if (std::fwrite(rows.data(), sizeof(float), rows.size(), out) == rows.size()) return {};
    return fail(ErrorKind::io, path, std::strerror(errno));
  });
  if (std::fclose(out) != 0 && status) return fail(ErrorKind::io, path, std::strerror(errno));
  return status;
}

void print_best(std::span<const float> row, const text::Tokenizer* tokenizer, size_t count) {
  std::vector<int32_t> order(row.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + long(count), order.end(), [&](int32_t a, int32_t b) {
    return row[size_t(a)] != row[size_t(b)] ? row[size_t(a)] > row[size_t(b)] : a < b;
  });
  for (size_t i = 0; i < count; ++i) {
    const int32_t id = order[i];
    char line[64];
    std::snprintf(line, sizeof line, "%8d  %12.6f  ", id, double(row[size_t(id)]));
    say(line + (tokenizer ? printable(tokenizer->piece(id)) : "") + "\n");
  }
}

Status print_rows(const gguf::File& file, engine::Engine& engine, std::span<const int32_t> tokens,
                  size_t chunk, const Request& request) {
  const auto tokenizer = text::Tokenizer::from(file);
  const size_t width = engine.blueprint().result_width();
  Meter meter("computing");
  const auto print = [&](std::span<const float> rows) -> Status {
    meter.clear();
    for (size_t at = 0; at < rows.size(); at += width) {
      print_best(rows.subspan(at, width), tokenizer ? &*tokenizer : nullptr, size_t(request.top));
    }
    return {};
  };
  return feed_all(engine, tokens, chunk, request.all, meter, print);
}

}  // namespace

Status logits(const Request& request) {
  auto options = TRY(read_options(request));
  auto tokens = TRY(parse_ids(request.tokens));
  if (tokens.empty() && !request.check)
    return fail(ErrorKind::usage, "--tokens", "is missing", "--tokens 1,2,3");
  auto file = TRY(store::open_model(request.words[0]));
  if (request.check) return check_numbers(file, request, options, tokens);
  const size_t batch = size_t(options.num_batch);
  size_t chunk = request.step        ? 1
                 : request.chunk > 0 ? std::min(size_t(request.chunk), batch)
                                     : std::min(batch, tokens.size());
  const EngineNeeds needs{.max_wanted = request.all ? uint32_t(chunk) : 1,
                          .kv = ops::KvType::f32,
                          .least_context = uint32_t(tokens.size())};
  auto loaded = TRY(load_engine(file, request, options, needs));
  engine::Engine& engine = loaded.engine;
  TRY(engine.check_room(0, tokens.size()));
  auto done = request.out.empty() ? print_rows(file, engine, tokens, chunk, request)
                                  : write_rows(request.out, engine, tokens, chunk, request.all);
  if (done) warn_if_clamped(engine, "--kv f32");
  if (done && request.verbose) print_devices(file, engine, loaded.placed);
  return done;
}

}  // namespace straddle::cli
