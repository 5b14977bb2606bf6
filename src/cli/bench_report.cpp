#include "cli/bench_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/measured.h"
#include "cli/json.h"
#include "cli/printable.h"

namespace straddle::cli {
namespace {

constexpr double kRestless = 0.1;

double tokens_per_s(const BenchCase& one) { return one.rows / median(one.seconds); }

Turns tokens_per_s_turns(const BenchCase& one) {
  Turns out;
  for (const double seconds : one.seconds) out.push_back(one.rows / seconds);
  return out;
}

Turns all_turns(const BenchReport& report, Turns BenchCase::*member) {
  Turns out;
  for (const BenchCase& one : report.cases)
    out.insert(out.end(), (one.*member).begin(), (one.*member).end());
  return out;
}

const char* name_of(const BenchCase& one) { return one.prompt ? "prompt" : "decode"; }

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char out[160];
  std::snprintf(out, sizeof out, format, values...);
  return out;
}

// What it reached, and the yardstick of the same turns.
std::string reached(const BenchCase& one) {
  const double seconds = median(one.seconds);
  return one.prompt
             ? formatted("%.1f of %.1f GMAC/s", one.all.multiply_adds / seconds / 1e9,
                         median(one.int8_GMACs))
             : formatted("%.1f of %.1f GB/s", one.step.bytes() / seconds / 1e9, median(one.read_GBps));
}

std::string row(const BenchReport& report, const BenchCase& one) {
  return formatted("%-8s%6u%8u%12.2f%8.0f %%%12.2f ms%10.2f   ", name_of(one), one.rows, one.depth,
                   tokens_per_s(one), 100 * spread(one.seconds), 1e3 * median(one.seconds),
                   report.share_of_limit(one)) +
         reached(one) + "\n";
}

}  // namespace

Turns BenchReport::reads() const { return all_turns(*this, &BenchCase::read_GBps); }
double BenchReport::read_GBps() const { return median(reads()); }
double BenchReport::int8_GMACs() const { return median(all_turns(*this, &BenchCase::int8_GMACs)); }

double BenchReport::share_of_limit(const BenchCase& one) const {
  const double seconds = median(one.seconds);
  return one.prompt ? one.all.multiply_adds / seconds / 1e9 / int8_GMACs()
                    : one.step.bytes() / seconds / 1e9 / read_GBps();
}

std::string table(const BenchReport& report) {
  const Turns read = report.reads();
  const Turns multiplied = all_turns(report, &BenchCase::int8_GMACs);
  std::string out = printable(report.model) +
                    formatted(", %u thread%s, %s\n", report.threads, report.threads == 1 ? "" : "s",
                              report.isa.c_str()) +
                    formatted(
                        "memory is read at %.1f GB/s (spread %.0f %%), int8 multiplied at %.1f "
                        "GMAC/s (spread %.0f %%)\n\n",
                        median(read), 100 * spread(read), median(multiplied), 100 * spread(multiplied)) +
                    formatted("%-8s%6s%8s%12s%10s%15s%10s   %s\n", "NAME", "ROWS", "DEPTH", "TOKENS/S",
                              "SPREAD", "TIME", "OF LIMIT", "REACHED");
  for (const BenchCase& one : report.cases) out += row(report, one);
  const auto above = [&](const BenchCase& one) { return report.share_of_limit(one) > 1; };
  if (std::ranges::any_of(report.cases, above))
    out += "\nOF LIMIT is above 1 where what a step reads lies in caches.\n";
  return out;
}

std::string json_text(const BenchReport& report) {
  using Json = nlohmann::ordered_json;
  Json cases = Json::array();
  for (const BenchCase& one : report.cases) {
    cases.push_back({{"name", name_of(one)},
                     {"rows", one.rows},
                     {"depth", one.depth},
                     {"tokens_per_s", tokens_per_s(one)},
                     {"bytes_per_step", uint64_t(one.step.bytes() + 0.5)},
                     {"share_of_limit", report.share_of_limit(one)},
                     {"spread", spread(one.seconds)},
                     {"turns", tokens_per_s_turns(one)},
                     {"read_turns", one.read_GBps},
                     {"int8_turns", one.int8_GMACs}});
  }
  return json_line({{"read_GBps", report.read_GBps()},
                    {"int8_Gops", report.int8_GMACs()},
                    {"threads", report.threads},
                    {"isa", report.isa},
                    {"cases", cases}});
}

std::string unrest(const Turns& read) {
  if (spread(read) <= kRestless) return "";
  const auto [least, most] = std::ranges::minmax(read);
  return formatted(
      "memory was read at %.1f to %.1f GB/s meanwhile: other programs ran; measure again "
      "when none does",
      least, most);
}

}  // namespace straddle::cli
