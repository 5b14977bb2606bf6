// `straddle quantize IN OUT TYPE`.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/meter.h"
#include "cli/number_text.h"
#include "cli/output.h"
#include "cli/printable.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using quant::Format;
using store::QuantizeReport;
using store::TensorReport;

std::string name_of(Format format) { return std::string(quant::traits(format).name); }

bool is_block(Format format) { return quant::traits(format).block_values > 1; }

// "64, 172 and 576"; of many the first three.
template <class T, class Text>
std::string listed(const std::set<T>& values, Text text) {
  std::string out;
  size_t at = 0;
  for (const T& value : values) {
    if (at > 0) out += at + 1 == values.size() ? " and " : ", ";
    if (at == 3 && values.size() > 4) return out + "others";
    out += text(value);
    ++at;
  }
  return out;
}

std::string tensors(size_t count, const char* verb) {
  return std::to_string(count) + (count == 1 ? " tensor " : " tensors ") + verb +
         (count == 1 ? "s " : " ");
}

// A line for each type that was asked for and cannot be had.
void warn_of_fallbacks(const QuantizeReport& report) {
  std::map<std::pair<Format, Format>, std::vector<const TensorReport*>> taken;
  for (const TensorReport& t : report.tensors) {
    if (t.asked != t.to) taken[{t.asked, t.to}].push_back(&t);
  }
  for (const auto& [pair, rows] : taken) {
    const auto [asked, to] = pair;
    if (to == Format::MXFP4) {
      warn(tensors(rows.size(), "stay") + "MXFP4 instead of " + name_of(asked) +
           ": they were trained so");
      continue;
    }
    std::set<uint64_t> columns;
    for (const TensorReport* t : rows) columns.insert(t->columns);
    warn(tensors(rows.size(), "become") + name_of(to) + " instead of " + name_of(asked) + ": rows of " +
         listed(columns, [](uint64_t n) { return std::to_string(n); }) + " values are no multiple of " +
         std::to_string(quant::traits(asked).block_values));
  }
}

void warn_of_loss(const QuantizeReport& report) {
  std::set<Format> before;
  bool adds_up = false;
  for (const TensorReport& t : report.tensors) {
    if (!is_block(t.from) || t.from == t.to) continue;
    before.insert(t.from);
    adds_up = adds_up || is_block(t.to);
  }
  if (before.empty()) return;
  const std::string already = "it is quantized already (" + listed(before, name_of) + "): ";
  const std::string better = "; the original, in F16 or BF16, makes a better one";
  if (report.bytes_after > report.bytes_before) {
    warn(already + "what was lost does not come back, the result is larger (" +
         short_bytes(report.bytes_before) + " -> " + short_bytes(report.bytes_after) + "), not better");
  } else if (adds_up) {
    warn(already + "a second loss is added to the first" + better);
  }
}

void print_report(const QuantizeReport& report) {
  const TensorReport* worst = nullptr;
  for (const auto& t : report.tensors) {
    if (!worst || t.error > worst->error) worst = &t;
  }
  char line[256];
  std::snprintf(line, sizeof line, "%zu tensors, %s -> %s", report.tensors.size(),
                short_bytes(report.bytes_before).c_str(), short_bytes(report.bytes_after).c_str());
  std::string out = line;
  if (worst && worst->error > 0) {
    std::snprintf(line, sizeof line, ", largest error %.4f (%s, %s)", worst->error,
                  printable(worst->name, 60).c_str(), name_of(worst->to).c_str());
    out += line;
  }
  say(out + "\n");
}

}  // namespace

Status quantize(const Request& request) {
  auto file = TRY(store::open_file(request.words[0]));
  auto recipe = TRY(store::recipe_by_name(request.words[2]));
  Meter meter("quantizing");
  store::QuantizeOptions options;
  options.planned = [](const QuantizeReport& report) {
    warn_of_fallbacks(report);
    warn_of_loss(report);
  };
  options.progress = [&](const store::Progress& p) {
    meter.show(p.done, p.total);
    return !interrupted();
  };
  auto report = store::quantize(file, recipe, request.words[1], options);
  meter.clear();
  if (!report) return fail(report);
  print_report(*report);
  return {};
}

}  // namespace straddle::cli
