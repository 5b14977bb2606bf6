#include "cli/statistics.h"

#include <cstdio>

#include "cli/number_text.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

using conversation::Duration;

void print_line(const char* label, const std::string& value) {
  std::fprintf(stderr, "%-21s %s\n", label, value.c_str());
}

void print_count(const char* label, size_t tokens) {
  if (tokens > 0) print_line(label, std::to_string(tokens) + " token(s)");
}

std::string rate_text(size_t tokens, Duration time) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2f tokens/s",
                double(tokens) / std::chrono::duration<double>(time).count());
  return text;
}

void print_stage(const std::string& what, size_t tokens, Duration time) {
  if (tokens == 0) return;
  print_count((what + " count:").c_str(), tokens);
  print_line((what + " duration:").c_str(), duration_text(time));
  print_line((what + " rate:").c_str(), rate_text(tokens, time));
}

}  // namespace

void print_statistics(const conversation::Statistics& f, const Times& times) {
  print_line("total duration:", duration_text(times.total));
  if (times.load.count() > 0) print_line("load duration:", duration_text(times.load));
  print_count("prompt reused:", f.reused_tokens);
  print_stage("prompt eval", f.prompt_tokens, f.prompt_time);
  print_stage("eval", f.generated_tokens, f.generation_time);
}

void print_warnings(const conversation::Answer& answer, uint32_t context, const std::string& larger) {
  const conversation::Statistics& statistics = answer.statistics;
  for (const std::string& line : answer.warnings) warn(line);
  const std::string size = std::to_string(context);
  if (statistics.dropped_messages > 0) {
    warn("the " + std::to_string(statistics.dropped_messages) +
         " oldest messages no longer fit in the context of " + size +
         " tokens and are left out (a larger one: " + larger + ")");
  }
  if (statistics.ending == conversation::Ending::context)
    warn("the context of " + size + " tokens is full (a larger one: " + larger + ")");
}

}  // namespace straddle::cli
